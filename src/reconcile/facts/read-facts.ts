import type { Database, SqlValue, Transaction } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';
import { readAsWriter } from '../../database/read-as-writer.js';
import type { Payment, PaymentStatus } from '../../payments/index.js';
import type { PaymentHeard, ReservationStatus } from '../../reservations/index.js';
import type { CompensationState } from '../../saga/index.js';

/** Name of this program in the histories. When it has just asked about a reservation, that reservation is not old. */
export const RECONCILER = 'reconcile';

/** A reservation, as {@link readReservations} reads it. */
export interface ReservationRow {
  reservationId: number;
  status: ReservationStatus;
  heard: PaymentHeard;
  seats: number;
  /** False when it was made as one with an earlier reservation, which has the payment of both. */
  isFirst: number;
  isOld: number;
  isOverdue: number;
}

/** A payment, as {@link readPayments} reads it. */
export interface PaymentRow extends Pick<Payment, 'reservationId' | 'amount' | 'currency'> {
  status: PaymentStatus;
  isUnnamed: number;
  isOld: number;
}

/** A compensation, as {@link readCompensations} reads it. */
export interface CompensationRow {
  reservationId: number;
  state: CompensationState;
  isOld: number;
}

/** Ids above `after`, up to and including `upTo`, at most the first `most` rows. Or some ids by name. */
export type Ids = { after: SqlValue; upTo: SqlValue; most?: number | undefined } | { ids: readonly number[] };

/** The rows to read. */
export interface FactsQuery {
  ids: Ids;
  /** Younger rows are not old. */
  olderThanMs: number;
  signal: AbortSignal | undefined;
}

const BEFORE = '<= UTC_TIMESTAMP(6) - INTERVAL ? * 1000 MICROSECOND';

const RESERVATION_COLUMNS = `r.{reservation.id} AS reservationId, r.{reservation.status} AS status,
  r.{reservation.paymentStatus} AS heard, r.{reservation.seats} AS seats,
  COALESCE(r.{reservation.groupId} = r.{reservation.id}, TRUE) AS isFirst,
  COALESCE(r.{reservation.expiresAt} ${BEFORE}, FALSE) AS isOverdue`;
const IS_OLD = `r.{reservation.createdAt} ${BEFORE}`;
// The history's index begins with the reservation.
const NOT_JUST_ASKED = `NOT EXISTS (SELECT 1 FROM reservation_history a WHERE a.reservation_id = r.{reservation.id}
  AND a.actor = '${RECONCILER}' AND a.changed_at > UTC_TIMESTAMP(6) - INTERVAL ? * 1000 MICROSECOND)`;
const SELECT_RESERVATIONS = `SELECT ${RESERVATION_COLUMNS}, ${IS_OLD} AS isOld FROM {reservation} r WHERE r.{reservation.id}`;
const SELECT_NAMED = `SELECT ${RESERVATION_COLUMNS}, ${IS_OLD} AND ${NOT_JUST_ASKED} AS isOld FROM {reservation} r
  WHERE r.{reservation.id}`;
const SELECT_COMPENSATIONS = `SELECT reservation_id AS reservationId, state, changed_at ${BEFORE} AS isOld
  FROM compensation WHERE reservation_id`;
const SELECT_PAYMENTS = `SELECT reservation_id AS reservationId, status, amount, currency, provider_id IS NULL AS isUnnamed,
    changed_at ${BEFORE} AS isOld
  FROM payment WHERE reservation_id`;

/**
 * Reservations in the order of their ids. When they are read by name and a reconciliation has just asked about them,
 * they are not old.
 */
export function readReservations(database: Database, query: FactsQuery): Promise<ReservationRow[]> {
  const { ids, olderThanMs, signal } = query;
  const isNamed = 'ids' in ids;
  const { where, values } = conditionOf('r.{reservation.id}', ids);
  const sql = `${isNamed ? SELECT_NAMED : SELECT_RESERVATIONS} ${where}`;
  const ages = Array<number>(isNamed ? 3 : 2).fill(olderThanMs);
  return readAsWriter(database, (tx) => tx.query(sql, [...ages, ...values]), { readsOnly: true, signal });
}

/** Compensations in the order of their reservations' ids. */
export function readCompensations(database: Database, query: FactsQuery): Promise<CompensationRow[]> {
  return read<CompensationRow>(database, SELECT_COMPENSATIONS, query);
}

/** Payments in the order of their reservations' ids. */
export function readPayments(database: Database, query: FactsQuery): Promise<PaymentRow[]> {
  return read<PaymentRow>(database, SELECT_PAYMENTS, query);
}

function read<Row extends object>(
  database: Database,
  select: string,
  { ids, olderThanMs, signal }: FactsQuery,
): Promise<Row[]> {
  const { where, values } = conditionOf('reservation_id', ids);
  const ask = (tx: Transaction) => tx.query<Row>(`${select} ${where}`, [olderThanMs, ...values]);
  return readAsWriter(database, ask, { readsOnly: true, signal });
}

/** The part of a condition after its column. */
function conditionOf(column: string, ids: Ids): { where: string; values: readonly SqlValue[] } {
  if ('ids' in ids) return { where: `IN ${placeholders(ids.ids)} ORDER BY ${column}`, values: ids.ids };
  const { after, upTo, most } = ids;
  const where = `> ? AND ${column} <= ? ORDER BY ${column}`;
  return most === undefined
    ? { where, values: [after, upTo] }
    : { where: `${where} LIMIT ?`, values: [after, upTo, most] };
}
