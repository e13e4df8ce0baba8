import type {
  Deadlock,
  DeadlockTransaction,
  HotSlot,
  LockWait,
  LockWatchTotals,
  LockedSlot,
} from '../../observe/index.js';
import { formatCount, formatQuantity, formatSeconds, formatTable } from '../output/format.js';

const STATEMENT_SHOWN_AT_MOST = 60;

/** The waits of one moment, longest first, as a table; at most `top`. */
export function describeWaits(waits: readonly LockWait[], top: number): string[] {
  if (waits.length === 0) return ['nobody waits for a lock'];
  const heading = ['waits', 'for', 'seconds', 'on', 'lock', 'statement', 'statement of the other'];
  const rows = waits
    .slice(0, top)
    .map((wait) => [
      ...[wait.waitingConnectionId, wait.blockingConnectionId, wait.waitSeconds].map(String),
      describeSubject(wait),
      describeLock(wait),
      shorten(wait.waitingStatement),
      shorten(wait.blockingStatement),
    ]);
  return [...formatTable(heading, rows), ...describeRest(waits.length - rows.length)];
}

/** The places with the most waiting, longest first, as a table; at most `top`. */
export function describeHottest(hottest: readonly HotSlot[], top: number): string[] {
  if (hottest.length === 0) return [];
  const heading = ['hottest', 'waits', 'waited', 'waiting now'];
  const rows = hottest
    .slice(0, top)
    .map((hot) => [describeSubject(hot), formatCount(hot.waits), seconds(hot.waitedMs), formatCount(hot.waitingNow)]);
  return [...formatTable(heading, rows), ...describeRest(hottest.length - rows.length)];
}

/** The deadlock, then a line for each of its transactions. */
export function describeDeadlock(deadlock: Deadlock | undefined): string[] {
  if (deadlock === undefined) return ['no deadlock since the server started'];
  return [`last deadlock, ${deadlock.at}: ${deadlock.summary}`, ...deadlock.transactions.map(describeTransaction)];
}

/** The totals in one line. */
export function describeTotals({ elapsedMs, looks, waits, waitedMs, server }: LockWatchTotals): string {
  const seen = `${formatQuantity(waits, 'wait')} seen in ${formatQuantity(looks, 'look')}, ${seconds(waitedMs)} waited`;
  const counted = `${formatQuantity(server.rowLockWaits, 'wait')}, ${seconds(server.rowLockWaitMs)}, ${formatQuantity(server.deadlocks, 'deadlock')}`;
  return `${seconds(elapsedMs)}: ${seen}; the server counted ${counted}`;
}

/** A wait that began or ended, in one line. */
export function describeChange(wait: LockWait, waitedMs?: number): string {
  const { waitingConnectionId, blockingConnectionId } = wait;
  const pair = `${waitingConnectionId} ${waitedMs === undefined ? 'waits' : 'waited'} for ${blockingConnectionId}`;
  const where = `${describeSubject(wait)}, ${describeLock(wait)}`;
  if (waitedMs !== undefined) return `${pair}: ${where}: over after ${seconds(waitedMs)}`;
  return `${pair}: ${where}: ${shorten(wait.waitingStatement)}; the other: ${shorten(wait.blockingStatement)}`;
}

function describeTransaction({ connectionId, statement, waitsFor, isVictim }: DeadlockTransaction): string {
  const end = isVictim ? ', rolled back' : '';
  const wait =
    waitsFor === undefined
      ? ''
      : ` waited for ${describeSubject(waitsFor)}, ${describeLock({ ...waitsFor, lockMode: waitsFor.mode })}`;
  return `  ${connectionId}${wait}${end}: ${shorten(statement)}`;
}

function describeSubject({ slot, table, key }: { slot: LockedSlot | undefined; table: string; key: string }): string {
  if (slot === undefined) return `${table} ${key}`;
  return `slot ${slot.slotId} (restaurant ${slot.restaurantId}, ${slot.date} ${slot.time})`;
}

function describeLock({ lockMode, index, table }: Pick<LockWait, 'lockMode' | 'index' | 'table'>): string {
  return `${lockMode} on ${index === undefined ? table : `${index} of ${table}`}`;
}

function describeRest(count: number): string[] {
  return count > 0 ? [`… and ${formatCount(count)} more`] : [];
}

function shorten(statement: string | undefined): string {
  if (statement === undefined) return '(not told)';
  const line = statement.replaceAll(/\s+/g, ' ').trim();
  return line.length <= STATEMENT_SHOWN_AT_MOST ? line : `${line.slice(0, STATEMENT_SHOWN_AT_MOST - 1)}…`;
}

function seconds(ms: number): string {
  return formatSeconds(ms / 1000);
}
