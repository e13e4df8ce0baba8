import { sleepUnlessAborted } from '../../abort/sleep-unless-aborted.js';
import type { Database, Transaction } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';
import { type Answer, answerStanding } from './answer-request.js';
import type { LocatedRequest } from '../reservation.js';
import { retryUnknown } from './retry-unknown.js';
import { slotIdsOf } from './slot-ids.js';

/**
 * The end of requests whose COMMIT was not answered. `known`: the map has the requests with a reservation. `unknown`:
 * the database did not answer in time.
 */
export type Resolution = { kind: 'known'; answers: ReadonlyMap<LocatedRequest, Answer> } | { kind: 'unknown' };

/** Within the time limit, a restarting server is asked this many times. */
const CONNECTION_RETRY = { retries: 1000, baseMs: 50, capMs: 500 };

/**
 * Finds out how requests ended whose COMMIT was sent and not answered. Their transaction may still run on the server,
 * so its slots are locked first. Once they are locked, the transaction has ended. When a key is not there then, it
 * never will be.
 */
export async function resolveUnanswered(
  database: Database,
  requests: readonly LocatedRequest[],
  withinMs: number,
): Promise<Resolution> {
  const limit = new AbortController();
  const late = sleepUnlessAborted(withinMs, limit.signal).then((): Resolution => ({ kind: 'unknown' }));
  const known = readAfterLocks(database, requests, AbortSignal.timeout(withinMs)).then(
    (answers): Resolution => ({ kind: 'known', answers }),
    (): Resolution => ({ kind: 'unknown' }),
  );
  const resolution = await Promise.race([known, late]);
  limit.abort();
  return resolution;
}

/** Reads the requests' keys while their slots are locked. */
export function readAfterLocks(
  database: Database,
  requests: readonly LocatedRequest[],
  signal: AbortSignal | undefined,
): Promise<Map<LocatedRequest, Answer>> {
  const ids = slotIdsOf(requests);
  const lockSlots = `SELECT {slot.id} FROM {slot} FORCE INDEX (PRIMARY) WHERE {slot.id} IN ${placeholders(ids)}
    ORDER BY {slot.id} FOR UPDATE`;
  const retry = { conflict: CONNECTION_RETRY, connection: CONNECTION_RETRY };
  const read = async (tx: Transaction) => {
    await tx.query(lockSlots, ids);
    return answerStanding(tx, requests);
  };
  return retryUnknown(() => database.transaction(read, { retry, signal }));
}
