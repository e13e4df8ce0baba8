import type { Database } from '../database/index.js';
import type { Deadlock, DeadlockLock } from './deadlock.js';
import { explainDenied } from './explain-denied.js';
import { parseLastDeadlock } from './parse-deadlock.js';
import { type SlotFinder, openSlotFinder } from './slot-finder.js';

const SHOW_STATUS = 'SHOW ENGINE INNODB STATUS';

/**
 * The last deadlock since the server started, of any schema. Its locks in this schema have their slots. Undefined when
 * there was none.
 *
 * @throws `ACCESS_DENIED` with the grants as hint when the user lacks PROCESS.
 */
export async function readLastDeadlock(database: Database, signal?: AbortSignal): Promise<Deadlock | undefined> {
  return explainDenied(database, async () => readDeadlock(database, await openSlotFinder(database, signal), signal));
}

/** As {@link readLastDeadlock}, with a finder that is kept between two looks. */
export async function readDeadlock(
  database: Database,
  finder: SlotFinder,
  signal?: AbortSignal,
): Promise<Deadlock | undefined> {
  const [row] = await database.query<{ Status: string }>(SHOW_STATUS, [], { signal });
  const deadlock = parseLastDeadlock(row?.Status ?? '');
  if (deadlock !== undefined) await nameSlots(deadlock, { database, finder, signal });
  return deadlock;
}

interface Naming {
  database: Database;
  finder: SlotFinder;
  signal: AbortSignal | undefined;
}

async function nameSlots(deadlock: Deadlock, { database, finder, signal }: Naming): Promise<void> {
  const locks = deadlock.transactions.flatMap(({ waitsFor, holds }) => [...(waitsFor ? [waitsFor] : []), ...holds]);
  const own = locks.filter(({ schema }: DeadlockLock) => schema === database.server.database);
  const subjects = await finder.find(own, signal);
  for (const [i, lock] of own.entries()) Object.assign(lock, subjects[i]);
}
