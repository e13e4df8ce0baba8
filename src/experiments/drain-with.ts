/**
 * Hands out `items` in order to `workers` that work at once, each taking its next when it is done with one.
 *
 * @throws The first failure of `work`, after every item in flight has ended; nothing is handed out after it.
 */
export async function drainWith<Item>(
  workers: number,
  items: Iterable<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  let failed = false;
  const drain = async (): Promise<void> => {
    for (let next = queue.next(); !next.done && !failed; next = queue.next()) {
      await work(next.value).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: workers }, drain));
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure) throw failure.reason;
}
