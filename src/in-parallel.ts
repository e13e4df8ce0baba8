/**
 * Does `work` with every item, in their order, `concurrency` at once.
 *
 * @throws The first failure, or why `signal` was aborted, once all that had begun has ended; nothing is begun after it.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  { concurrency, signal }: { concurrency: number; signal?: AbortSignal | undefined },
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const workOn = async (): Promise<void> => {
    for (let next = queue.next(); !next.done && failures.length === 0; next = queue.next()) {
      await (signal?.aborted ? Promise.reject(signal.reason as Error) : work(next.value)).catch((error: unknown) => {
        failures.push(error);
      });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, workOn));
  if (failures.length > 0) throw failures[0];
}
