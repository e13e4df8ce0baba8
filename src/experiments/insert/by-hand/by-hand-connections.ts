import type { Database, Session } from '../../../database/index.js';

/** Connections somebody with two terminals has. */
export const connectionsByHand = 2;

/**
 * Runs one statement an item on {@link connectionsByHand} connections that take the next item as they become free.
 * `type` runs the statement of one item and returns its rows; `onRows` is told how many rows are in so far.
 * Each statement commits by itself; the first failure is thrown.
 */
export async function typeByHand<Item>(
  database: Database,
  items: Iterable<Item>,
  { type, onRows }: { type: (session: Session, item: Item) => Promise<number>; onRows: (rowsDone: number) => void },
): Promise<void> {
  const queue = items[Symbol.iterator]();
  let rowsDone = 0;
  const typeAll = async (session: Session): Promise<void> => {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      onRows((rowsDone += await type(session, next.value)));
    }
  };
  await Promise.all(Array.from({ length: connectionsByHand }, () => database.session(typeAll)));
}
