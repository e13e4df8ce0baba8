import type { Database, Session } from '../../../database/index.js';

/** Connections of a person with two terminals. */
export const connectionsByHand = 2;

/**
 * Runs one statement for each item on {@link connectionsByHand} connections. A connection takes the next item when it
 * is free. `type` runs the statement of an item and returns its rows. `onRows` is called with the number of rows so
 * far. Each statement commits by itself. The first failure is thrown.
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
