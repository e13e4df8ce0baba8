import type { Database } from '../database/index.js';
import { placeholders } from '../database/placeholders.js';
import type { PaymentHeard, ReservationStatus } from '../reservations/index.js';
import type { CompensationState } from './compensation.js';
import { type SagaState, sagaState } from './saga-state.js';

/** A saga as the reservation side sees it. */
export interface Saga {
  reservationId: number;
  state: SagaState;
  /** Null when the reservation was deleted and only its compensation is left. */
  status: ReservationStatus | null;
  memberId: number | null;
  paymentStatus: PaymentHeard;
  paymentId: string | null;
  /**
   * The last change of its compensation; without one, the creation of the reservation. UTC,
   * `YYYY-MM-DD HH:MM:SS.ffffff`.
   */
  since: string;
  /** How often the refund was requested. */
  attempts: number;
  /** Why the compensation failed. */
  error: string | null;
}

/** Settings of {@link listSagas}. */
export interface SagaFilter {
  /** Lists only stuck sagas, see {@link listSagas}. */
  stuck?: boolean | undefined;
  /** How long a step may take before it counts as stuck. Default 60000. */
  olderThanMs?: number | undefined;
  /** Default 50. */
  limit?: number | undefined;
}

const FACTS = `r.{reservation.id} AS reservationId, r.{reservation.status} AS status, r.{reservation.memberId} AS memberId,
  r.{reservation.paymentStatus} AS paymentStatus, r.{reservation.paymentId} AS paymentId,
  COALESCE(c.changed_at, r.{reservation.createdAt}) AS since, COALESCE(c.attempts, 0) AS attempts, c.error, c.state AS compensation`;
const JOIN = '{reservation} r LEFT JOIN compensation c ON c.reservation_id = r.{reservation.id}';
const FIRST_OF_GROUP = '(r.{reservation.groupId} IS NULL OR r.{reservation.groupId} = r.{reservation.id})';
const OLDER = '< UTC_TIMESTAMP(6) - INTERVAL ? * 1000 MICROSECOND';

// Each part is found by an index: (state, changed_at) of compensation, (status, expires_at) of the reservation.
const STUCK_COMPENSATIONS = `SELECT reservation_id AS id FROM compensation
  WHERE state = 'COMPENSATION_FAILED' OR (state = 'REFUND_REQUESTED' AND changed_at ${OLDER}) ORDER BY reservation_id LIMIT ?`;
const STUCK_PENDING = `SELECT r.{reservation.id} AS id FROM {reservation} r
  WHERE r.{reservation.status} = 'PENDING' AND r.{reservation.createdAt} ${OLDER}
    AND (r.{reservation.expiresAt} IS NULL OR r.{reservation.expiresAt} ${OLDER}) AND ${FIRST_OF_GROUP}
  ORDER BY r.{reservation.id} LIMIT ?`;
const LATEST = `SELECT r.{reservation.id} AS id FROM {reservation} r WHERE ${FIRST_OF_GROUP} ORDER BY r.{reservation.id} DESC LIMIT ?`;

/**
 * The sagas of reservations, latest first. A saga is stuck when its compensation has failed, or when its refund was
 * requested longer than `olderThanMs` ago. It is also stuck when it has waited for its payment longer than that and no
 * hold ends it.
 *
 * @example
 * const stuck = await listSagas(database, { stuck: true, olderThanMs: 300_000 });
 */
export async function listSagas(database: Database, filter: SagaFilter = {}): Promise<Saga[]> {
  const { stuck = false, olderThanMs = 60_000, limit = 50 } = filter;
  if (!stuck) return readSagas(database, await readIds(database, LATEST, [limit]));
  const compensations = await readIds(database, STUCK_COMPENSATIONS, [olderThanMs, limit]);
  const pending = await readIds(database, STUCK_PENDING, [olderThanMs, olderThanMs, limit]);
  return (await readSagas(database, [...compensations, ...pending])).slice(0, limit);
}

async function readIds(database: Database, sql: string, values: readonly number[]): Promise<number[]> {
  const rows = await database.query<{ id: number }>(sql, values);
  return rows.map(({ id }) => id);
}

const GONE = `SELECT reservation_id AS reservationId, NULL AS status, NULL AS memberId, NULL AS paymentStatus, NULL AS paymentId,
  changed_at AS since, attempts, error, state AS compensation FROM compensation WHERE reservation_id IN`;

type Row = Omit<Saga, 'state'> & { compensation: CompensationState | null };

/**
 * The sagas of these reservations, latest first. Reservations that neither exist nor have a compensation are left out.
 */
export async function readSagas(
  database: Database,
  ids: readonly number[],
  options: { signal?: AbortSignal } = {},
): Promise<Saga[]> {
  if (ids.length === 0) return [];
  const sql = `SELECT ${FACTS} FROM ${JOIN} WHERE r.{reservation.id} IN ${placeholders(ids)} ORDER BY r.{reservation.id} DESC`;
  const there = await database.query<Row>(sql, ids, options);
  const known = new Set(there.map(({ reservationId }) => reservationId));
  const missing = ids.filter((id) => !known.has(id));
  const gone =
    missing.length === 0 ? [] : await database.query<Row>(`${GONE} ${placeholders(missing)}`, missing, options);
  const rows = [...there, ...gone].sort((one, other) => other.reservationId - one.reservationId);
  return rows.map(({ compensation, ...row }) => ({ ...row, state: sagaState({ ...row, compensation }) }));
}
