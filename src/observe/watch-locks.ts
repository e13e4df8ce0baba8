import { sleepUnlessAborted } from '../abort/sleep-unless-aborted.js';
import type { Database } from '../database/index.js';
import { TablepickError, isTablepickError } from '../errors.js';
import type { Deadlock } from './deadlock.js';
import { explainDenied } from './explain-denied.js';
import { type HotSlot, type HotSlots, countHotSlots } from './hot-slots.js';
import type { LockWait } from './lock-wait.js';
import { readDeadlock } from './read-last-deadlock.js';
import { checkWaitsAreTold, readWaits } from './read-lock-waits.js';
import { type SlotFinder, openSlotFinder } from './slot-finder.js';

/** The events of {@link watchLocks}. */
export type LockWatchEvent =
  | { kind: 'wait-began'; wait: LockWait }
  /** `waitedMs` as far as the wait was seen. */
  | { kind: 'wait-ended'; wait: LockWait; waitedMs: number }
  | { kind: 'deadlock'; deadlock: Deadlock }
  /** After each look at the server, behind the other events of the look. */
  | { kind: 'looked'; waits: readonly LockWait[]; totals: LockWatchTotals };

/** The totals since the watch began. */
export interface LockWatchTotals {
  elapsedMs: number;
  looks: number;
  /** Waits that were seen. A wait that began and ended between two looks was not seen. */
  waits: number;
  /** Sum of their times as far as they were seen. */
  waitedMs: number;
  /** The places with the most waiting, most first. */
  hottest: HotSlot[];
  /** The server's own counts since the watch began, in all its schemas. */
  server: LockCounters;
  /** The last deadlock since the server started, also from before the watch. */
  lastDeadlock: Deadlock | undefined;
}

/** The counters of InnoDB. */
export interface LockCounters {
  deadlocks: number;
  rowLockWaits: number;
  rowLockWaitMs: number;
}

/** Settings of {@link watchLocks}. */
export interface LockWatchOptions {
  /** Time from one look to the next, 200 or more. Default 1000. */
  intervalMs?: number | undefined;
  /** Ends the watch. */
  signal: AbortSignal;
  onEvent?: ((event: LockWatchEvent) => void) | undefined;
}

/** When MariaDB is asked again within 100 ms, it shows the same waits for ever. */
const LEAST_INTERVAL_MS = 200;

/**
 * Looks at the waits for locks until `signal` fires, and resolves with the totals. A look is two statements that lock
 * nothing, and a third for slots and deadlocks that were not seen before.
 *
 * @throws `BAD_OPTION` for an interval under 200 ms; `ACCESS_DENIED` with the grants as hint; `SERVER_UNSUPPORTED`
 * where MySQL runs without performance_schema; what reading throws, e.g. `CONNECTION_LOST`.
 * @example
 * const signal = AbortSignal.timeout(10_000);
 * const totals = await watchLocks(database, { signal, onEvent: (event) => console.log(event) });
 */
export async function watchLocks(database: Database, options: LockWatchOptions): Promise<LockWatchTotals> {
  const { intervalMs = 1000, signal, onEvent = () => {} } = options;
  if (!(intervalMs >= LEAST_INTERVAL_MS))
    throw new TablepickError('BAD_OPTION', `intervalMs is ${intervalMs} but must be ${LEAST_INTERVAL_MS} or more`);
  return explainDenied(database, async () => {
    await checkWaitsAreTold(database);
    const watch = await openWatch(database);
    while (!signal.aborted) {
      const startedAt = performance.now();
      await endQuietly(signal, () => look(watch, { signal, onEvent }));
      await sleepUnlessAborted(intervalMs - (performance.now() - startedAt), signal);
    }
    await count(watch);
    return totalsOf(watch);
  });
}

interface Watch {
  database: Database;
  finder: SlotFinder;
  hotSlots: HotSlots;
  startedAt: number;
  lookedAt: number | undefined;
  looks: number;
  /** The server's counters at the last look, and their growth since the watch began. */
  counters: LockCounters;
  counted: LockCounters;
  lastDeadlock: Deadlock | undefined;
}

async function openWatch(database: Database): Promise<Watch> {
  const finder = await openSlotFinder(database);
  const counters = await readCounters(database);
  const lastDeadlock = await readDeadlock(database, finder);
  return {
    database,
    finder,
    hotSlots: countHotSlots(),
    startedAt: performance.now(),
    lookedAt: undefined,
    looks: 0,
    counters,
    counted: { deadlocks: 0, rowLockWaits: 0, rowLockWaitMs: 0 },
    lastDeadlock,
  };
}

type LookOptions = { signal: AbortSignal; onEvent: (event: LockWatchEvent) => void };

async function look(watch: Watch, { signal, onEvent }: LookOptions): Promise<void> {
  const waits = await readWaits(watch.database, watch.finder, signal);
  const now = performance.now();
  const { began, ended } = watch.hotSlots.add(waits, now - (watch.lookedAt ?? now));
  watch.lookedAt = now;
  watch.looks += 1;
  for (const one of ended) onEvent({ kind: 'wait-ended', ...one });
  for (const wait of began) onEvent({ kind: 'wait-began', wait });
  await lookForDeadlock(watch, { signal, onEvent });
  onEvent({ kind: 'looked', waits, totals: totalsOf(watch) });
}

async function lookForDeadlock(watch: Watch, { signal, onEvent }: LookOptions): Promise<void> {
  const before = watch.counted.deadlocks;
  await count(watch, signal);
  if (watch.counted.deadlocks === before) return;
  watch.lastDeadlock = await readDeadlock(watch.database, watch.finder, signal);
  if (watch.lastDeadlock !== undefined) onEvent({ kind: 'deadlock', deadlock: watch.lastDeadlock });
}

async function count(watch: Watch, signal?: AbortSignal): Promise<void> {
  const { counters: before, counted } = watch;
  const now = await readCounters(watch.database, signal);
  // A restarted server counts from zero.
  const grown = (name: keyof LockCounters): number =>
    counted[name] + (now[name] >= before[name] ? now[name] - before[name] : now[name]);
  watch.counters = now;
  watch.counted = {
    deadlocks: grown('deadlocks'),
    rowLockWaits: grown('rowLockWaits'),
    rowLockWaitMs: grown('rowLockWaitMs'),
  };
}

const SELECT_COUNTERS = `
  SELECT NAME AS name, COUNT AS count FROM information_schema.INNODB_METRICS
  WHERE NAME IN ('lock_deadlocks', 'lock_row_lock_waits', 'lock_row_lock_time')`;

async function readCounters(database: Database, signal?: AbortSignal): Promise<LockCounters> {
  const rows = await database.query<{ name: string; count: number }>(SELECT_COUNTERS, [], { signal });
  const valueOf = (name: string): number => Number(rows.find((row) => row.name === name)?.count ?? 0);
  return {
    deadlocks: valueOf('lock_deadlocks'),
    rowLockWaits: valueOf('lock_row_lock_waits'),
    rowLockWaitMs: valueOf('lock_row_lock_time'),
  };
}

function totalsOf(watch: Watch): LockWatchTotals {
  const { startedAt, looks, counted, lastDeadlock } = watch;
  const hottest = watch.hotSlots.hottest();
  const sum = (read: (hot: HotSlot) => number): number => hottest.reduce((total, hot) => total + read(hot), 0);
  return {
    elapsedMs: performance.now() - startedAt,
    looks,
    hottest,
    lastDeadlock,
    server: counted,
    waits: sum(({ waits }) => waits),
    waitedMs: sum(({ waitedMs }) => waitedMs),
  };
}

/** A look that is interrupted by the end of the watch is no failure. */
async function endQuietly(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!signal.aborted || !isTablepickError(error, 'ABORTED')) throw error;
  }
}
