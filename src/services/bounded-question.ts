import { within } from '../abort/within.js';

/**
 * Makes a question that may take any time one that is answered within `timeoutMs`. It is under way once at most: who
 * asks meanwhile waits for the same answer. So a silent server does not collect questions.
 *
 * @throws (the function that is returned) What `ask` throws, or an error that says that there was no answer.
 */
export function boundedQuestion<Answer>(ask: () => Promise<Answer>, timeoutMs: number): () => Promise<Answer> {
  let underWay: Promise<Answer> | undefined;
  return () => {
    underWay ??= ask().finally(() => (underWay = undefined));
    return within(timeoutMs, underWay, () => new Error(`no answer within ${timeoutMs} ms`));
  };
}
