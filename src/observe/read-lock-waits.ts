import type { Database } from '../database/index.js';
import { selectLockWaits } from '../database/dialect.js';
import { TablepickError } from '../errors.js';
import { explainDenied } from './explain-denied.js';
import { splitLockData } from './key-values.js';
import type { LockWait } from './lock-wait.js';
import type { RecordLock } from './record-lock.js';
import { type SlotFinder, openSlotFinder } from './slot-finder.js';

/** A wait as the server tells it. */
interface WaitRow {
  id: string;
  waitingConnectionId: number;
  blockingConnectionId: number;
  waitingStatement: string | null;
  blockingStatement: string | null;
  waitSeconds: number;
  ahead: number;
  mode: string;
  table: string;
  index: string | null;
  data: string | null;
}

const SUPREMUM = 'supremum pseudo-record';

/**
 * The present waits for locks on rows of this schema, with the waiting and the blocking connection, longest wait first.
 * MariaDB shows the waits of up to 100 ms ago. When it is asked more often than that, it shows the same waits for ever.
 *
 * @throws `ACCESS_DENIED` with the grants as hint when the user lacks PROCESS or, on MySQL, SELECT on
 * performance_schema; `SERVER_UNSUPPORTED` when MySQL runs without that.
 * @example
 * const waits = await readLockWaits(database);
 * for (const { blockingStatement, waitSeconds } of waits) console.log(waitSeconds, blockingStatement);
 */
export async function readLockWaits(database: Database, signal?: AbortSignal): Promise<LockWait[]> {
  return explainDenied(database, async () => {
    await checkWaitsAreTold(database, signal);
    return readWaits(database, await openSlotFinder(database, signal), signal);
  });
}

/**
 * Makes sure that the server would show waits if there were any.
 *
 * @throws `SERVER_UNSUPPORTED` when MySQL runs without performance_schema.
 */
export async function checkWaitsAreTold(database: Database, signal?: AbortSignal): Promise<void> {
  if (database.server.flavour !== 'mysql') return;
  const [row] = await database.query<{ isOn: number }>('SELECT @@performance_schema AS isOn', [], { signal });
  if (row?.isOn) return;
  throw new TablepickError(
    'SERVER_UNSUPPORTED',
    'the server runs without performance_schema: it does not tell who waits',
    {
      hint: 'start the server with performance_schema = ON, its default',
    },
  );
}

/** As {@link readLockWaits}, with a finder that is kept between two looks. */
export async function readWaits(database: Database, finder: SlotFinder, signal?: AbortSignal): Promise<LockWait[]> {
  const rows = withoutTwins(await database.query<WaitRow>(selectLockWaits(database.server.flavour), [], { signal }));
  const subjects = await finder.find(rows.map(lockOf), signal);
  const waits = rows.map((row, i) => ({ ...describeRow(row), ...subjects[i]! }));
  return waits.sort((a, b) => b.waitSeconds - a.waitSeconds || a.ahead - b.ahead);
}

/**
 * When a transaction holds a lock on a record and waits for a stronger one there, MariaDB gives both the same id. The
 * stronger lock is the one it waits for.
 */
function withoutTwins(rows: readonly WaitRow[]): WaitRow[] {
  const byId = new Map<string, WaitRow>();
  for (const row of rows) {
    const twin = byId.get(row.id);
    if (twin === undefined || twin.mode.startsWith('S')) byId.set(row.id, row);
  }
  return [...byId.values()];
}

function lockOf({ table, index, mode, data }: WaitRow): RecordLock {
  const isSupremum = data === SUPREMUM;
  return { table, index: index ?? undefined, mode, values: isSupremum ? [] : splitLockData(data ?? ''), isSupremum };
}

function describeRow(row: WaitRow): Omit<LockWait, 'slot' | 'key'> {
  const { id, waitingConnectionId, blockingConnectionId, waitSeconds, ahead, mode, table } = row;
  return {
    id,
    waitingConnectionId,
    blockingConnectionId,
    waitSeconds,
    ahead,
    table,
    waitingStatement: row.waitingStatement ?? undefined,
    blockingStatement: row.blockingStatement ?? undefined,
    lockMode: mode,
    index: row.index ?? undefined,
  };
}
