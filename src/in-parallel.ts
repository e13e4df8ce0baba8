import pLimit from 'p-limit';

/**
 * Calls `work` for every item, in order, `concurrency` at once, 1 or more.
 *
 * @throws The first failure, or the reason of `signal`, after all begun work has ended. After a failure, no further
 * work begins.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  { concurrency, signal }: { concurrency: number; signal?: AbortSignal | undefined },
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  await pLimit(concurrency).map(items, async (item) => {
    if (failures.length > 0) return;
    try {
      signal?.throwIfAborted();
      await work(item);
    } catch (error) {
      failures.push(error);
    }
  });
  if (failures.length > 0) throw failures[0];
}

/** Lets at most `concurrency` of the given works run at once, 1 or more; the others wait in order. */
export function atMost(concurrency: number): <T>(work: () => Promise<T>) => Promise<T> {
  const limit = pLimit(concurrency);
  return (work) => limit(work);
}
