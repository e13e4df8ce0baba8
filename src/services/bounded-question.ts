/**
 * Makes a question that may take any time one that is answered within `timeoutMs`. It is under way once at most: who
 * asks meanwhile waits for the same answer. So a silent server does not collect questions.
 *
 * @throws (the function that is returned) What `ask` throws, or an error that says that there was no answer.
 */
export function boundedQuestion(ask: () => Promise<unknown>, timeoutMs: number): () => Promise<void> {
  let underWay: Promise<unknown> | undefined;
  return () => {
    underWay ??= ask().finally(() => (underWay = undefined));
    return within(timeoutMs, underWay);
  };
}

async function within(timeoutMs: number, answer: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
