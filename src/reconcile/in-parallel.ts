/** Does `work` with every item, `concurrency` at once; ends at the first failure, once all that had begun has ended. */
export async function inParallel<T>(
  items: readonly T[],
  { concurrency, signal }: { concurrency: number; signal?: AbortSignal | undefined },
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  let next = 0;
  const runOne = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const item = items[next++]!;
      await (signal?.aborted ? Promise.reject(signal.reason as Error) : work(item)).catch((error: unknown) => {
        failures.push(error);
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, runOne));
  if (failures.length > 0) throw failures[0];
}
