import { sleepUnlessAborted } from '../abort/sleep-unless-aborted.js';
import type { Database, SqlValue } from '../database/index.js';
import { keepDoing } from '../keep-doing.js';
import type { RelayedBy } from './outbox/relayed-by.js';
import { type CleaningSteps, cleanMessages } from './transports/database/clean-messages.js';

/** Settings of {@link cleanUp} and {@link keepCleaning}. */
export interface CleanUpOptions {
  /**
   * Sent messages that occurred longer ago than this are removed, and so are inbox rows older than this. Default 7
   * days. When a message comes again after that time, it is handled again.
   */
  olderThanMs?: number | undefined;
  /**
   * With `debezium`, rows of the outbox are removed by age alone, even when they are not marked as sent. Debezium reads
   * them from the server's log, where they stay. Use it only for an outbox that no relay of this package sends. Default
   * `tablepick`.
   */
  relayedBy?: RelayedBy | undefined;
  /** Rows of one transaction. Default 1000. */
  stepRows?: number | undefined;
  /** Wait between two steps, so that the server can do other work. Default 20. */
  pauseMs?: number | undefined;
  /** Wait between two rounds of {@link keepCleaning}. Default a minute. */
  everyMs?: number | undefined;
  onError?: ((error: unknown) => void) | undefined;
}

/** What a round removed. */
export interface CleanUpResult {
  outbox: number;
  inbox: number;
  /** Messages of the database transport that every group has read, when its tables are in this database. */
  messages: number;
}

const DAY_MS = 86_400_000;

/**
 * After so many steps without a row to remove, the following rows are assumed to be younger. One such step is not
 * enough, because writers' clocks differ and some rows wait long.
 */
const VAIN_STEPS = 5;

// Both walk along an index from its old end, and no transaction touches more than a step.
const FIND_END = 'SELECT seq FROM outbox FORCE INDEX (PRIMARY) WHERE seq >= ? ORDER BY seq LIMIT 1 OFFSET ?';
const FIND_START = 'SELECT seq FROM outbox FORCE INDEX (PRIMARY) WHERE seq >= ? ORDER BY seq LIMIT 1';
const FIND_OLD = `SELECT seq FROM outbox FORCE INDEX (PRIMARY) WHERE seq >= ? AND seq < ?
  AND (status <> 'PENDING' OR ?) AND occurred_at < UTC_TIMESTAMP(6) - INTERVAL ? * 1000 MICROSECOND`;
const DELETE_SENT = "DELETE FROM outbox WHERE (status <> 'PENDING' OR ?) AND seq IN ";
const DELETE_HANDLED =
  'DELETE FROM inbox WHERE handled_at < UTC_TIMESTAMP(6) - INTERVAL ? * 1000 MICROSECOND ORDER BY handled_at LIMIT ?';

/**
 * Removes messages that were sent or handled long ago, in small steps. Any number of processes may do so at once,
 * beside any traffic.
 */
export async function cleanUp(
  database: Database,
  options: CleanUpOptions = {},
  signal?: AbortSignal,
): Promise<CleanUpResult> {
  const { olderThanMs = 7 * DAY_MS, stepRows = 1000, pauseMs = 20, relayedBy } = options;
  const steps = { olderThanMs, stepRows, pauseMs, signal };
  const outbox = await cleanOutbox(database, { ...steps, areUnmarked: relayedBy === 'debezium' });
  const inbox = await cleanInbox(database, steps);
  const messages = await cleanMessages(database, steps);
  return { outbox, inbox, messages };
}

/** Runs {@link cleanUp} at intervals. */
export function keepCleaning(
  database: Database,
  options: CleanUpOptions = {},
): { stop(): Promise<void> } & AsyncDisposable {
  const { everyMs = 60_000, onError } = options;
  const work = async (signal: AbortSignal): Promise<void> => void (await cleanUp(database, options, signal));
  return keepDoing({ everyMs, begin: 'wait', onError, work });
}

async function cleanOutbox(
  database: Database,
  { olderThanMs, stepRows, pauseMs, signal, areUnmarked }: CleaningSteps & { areUnmarked: boolean },
): Promise<number> {
  let removed = 0;
  let from = await readSeq(database, FIND_START, [0]);
  for (let vain = 0; from !== undefined && vain < VAIN_STEPS && !signal?.aborted;) {
    const end = (await readSeq(database, FIND_END, [from, stepRows])) ?? Number.MAX_SAFE_INTEGER;
    const old = await database.query<{ seq: number }>(FIND_OLD, [from, end, areUnmarked, olderThanMs]);
    const seqs = old.map(({ seq }) => seq);
    removed += await deleteRows(database, seqs, areUnmarked);
    vain = old.length === 0 ? vain + 1 : 0;
    if (end === Number.MAX_SAFE_INTEGER) break;
    from = await readSeq(database, FIND_START, [end]);
    await sleepUnlessAborted(pauseMs, signal);
  }
  return removed;
}

async function readSeq(database: Database, sql: string, values: SqlValue[]): Promise<number | undefined> {
  const [row] = await database.query<{ seq: number }>(sql, values);
  return row?.seq;
}

/** Deletes by the primary key. Nobody else touches these rows any more. */
async function deleteRows(database: Database, seqs: readonly number[], areUnmarked: boolean): Promise<number> {
  if (seqs.length === 0) return 0;
  const sql = `${DELETE_SENT}(${seqs.join(', ')})`;
  const { affectedRows } = await database.transaction((tx) => tx.execute(sql, [areUnmarked]));
  return affectedRows;
}

async function cleanInbox(
  database: Database,
  { olderThanMs, stepRows, pauseMs, signal }: CleaningSteps,
): Promise<number> {
  let removed = 0;
  for (let more = true; more && !signal?.aborted;) {
    const { affectedRows } = await database.transaction((tx) => tx.execute(DELETE_HANDLED, [olderThanMs, stepRows]));
    removed += affectedRows;
    more = affectedRows === stepRows;
    await sleepUnlessAborted(pauseMs, signal);
  }
  return removed;
}
