import type { Database } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';
import { queryWriterIfEmpty } from '../../database/read-as-writer.js';
import { checkId } from '../requests/check-request.js';
import { isOfOneRequest } from './failures.js';
import { isLive } from './live-status.js';
import type { CallOptions, ChangeRequest, SweepResult } from '../reservations.js';
import type { CancelOutcome, ConfirmOutcome, ExpireOutcome, ReservationStatus } from '../reservation.js';
import { type HeldReservation, type Transition, type TransitionContext, changeStatus } from './transitions.js';

/** Default reasons by new status. */
const REASONS = { CONFIRMED: 'confirmed', CANCELLED: 'cancelled-by-member', EXPIRED: 'hold-expired' } as const;

/** Most holds that one transaction expires. */
const SWEPT_AT_ONCE = 200;

// When reservations were made as one, the first decides whether they are due.
const SELECT_DUE = `SELECT r.{reservation.id} AS id FROM {reservation} r
  LEFT JOIN {reservation} f ON f.{reservation.id} = r.{reservation.groupId}
  WHERE r.{reservation.status} = 'PENDING' AND r.{reservation.expiresAt} <= UTC_TIMESTAMP(6)
    AND (r.{reservation.groupId} IS NULL OR f.{reservation.expiresAt} <= UTC_TIMESTAMP(6)) AND r.{reservation.id} NOT IN`;
const OLDEST_FIRST = 'ORDER BY r.{reservation.expiresAt} LIMIT ?';

/** Cancels a live reservation of the member. A hold that is due counts as expired. */
export async function cancelReservation(
  context: TransitionContext,
  { reservationId, memberId }: { reservationId: number; memberId: number },
  { signal }: CallOptions,
): Promise<CancelOutcome> {
  checkId('reservationId', reservationId);
  checkId('memberId', memberId);
  const decide = (held: HeldReservation): ReservationStatus | undefined => {
    if (held.memberId !== memberId) return undefined;
    if (isDueHold(held)) return 'EXPIRED';
    return isLive(held.status) ? 'CANCELLED' : undefined;
  };
  const before = await changeOne(context, reservationId, { decide, signal });
  if (before === undefined) return { kind: 'not-found' };
  if (before.memberId !== memberId) return { kind: 'not-owner' };
  if (before.status === 'EXPIRED' || isDueHold(before)) return { kind: 'expired' };
  return { kind: before.status === 'CANCELLED' ? 'already-cancelled' : 'cancelled' };
}

/** Confirms a hold that is not due. When it is due, it is expired at once. */
export async function confirmReservation(
  context: TransitionContext,
  { reservationId }: { reservationId: number },
  { signal }: CallOptions,
): Promise<ConfirmOutcome> {
  checkId('reservationId', reservationId);
  const decide = (held: HeldReservation): ReservationStatus | undefined => {
    if (held.status !== 'PENDING') return undefined;
    return held.isDue ? 'EXPIRED' : 'CONFIRMED';
  };
  const before = await changeOne(context, reservationId, { decide, signal, lockSlots: 'if-freed' });
  if (before === undefined) return { kind: 'not-found' };
  if (before.status === 'CANCELLED') return { kind: 'cancelled' };
  if (before.status === 'EXPIRED' || isDueHold(before)) return { kind: 'expired' };
  return { kind: before.status === 'CONFIRMED' ? 'already-confirmed' : 'confirmed' };
}

/** Changes a reservation, and those made with it as one, as the caller decides. */
export async function changeReservation(
  context: TransitionContext,
  { reservationId, ...transition }: ChangeRequest,
  { signal }: CallOptions,
): Promise<HeldReservation | undefined> {
  checkId('reservationId', reservationId);
  return changeOne(context, reservationId, { ...transition, signal });
}

/** Expires a hold that is due. */
export async function expireReservation(
  context: TransitionContext,
  { reservationId }: { reservationId: number },
  { signal }: CallOptions,
): Promise<ExpireOutcome> {
  checkId('reservationId', reservationId);
  const before = await changeOne(context, reservationId, { decide: expireIfDue, signal });
  if (before === undefined) return { kind: 'not-found' };
  if (before.status === 'CONFIRMED') return { kind: 'confirmed' };
  if (before.status === 'CANCELLED') return { kind: 'cancelled' };
  if (before.status === 'EXPIRED') return { kind: 'already-expired' };
  return { kind: before.isDue ? 'expired' : 'not-due' };
}

/**
 * Expires holds that are due, oldest first, up to 200 in a transaction. When one cannot be expired, it does not hold up
 * the others.
 */
export async function expireDueReservations(
  context: TransitionContext,
  { signal, limit = 10_000 }: CallOptions & { limit?: number | undefined },
): Promise<SweepResult> {
  checkId('limit', limit);
  const failures = new Map<number, unknown>();
  let expired = 0;
  for (let left = limit; left > 0;) {
    const ids = await findDue(context.database, { most: Math.min(left, SWEPT_AT_ONCE), except: failures, signal });
    if (ids.length === 0) return endSweep({ expired, more: false }, failures);
    expired += await expireAll(context, ids, { failures, signal });
    left -= ids.length;
  }
  return endSweep({ expired, more: true }, failures);
}

async function findDue(
  database: Database,
  { most, except, signal }: { most: number; except: ReadonlyMap<number, unknown>; signal: AbortSignal | undefined },
): Promise<number[]> {
  const others = [0, ...except.keys()];
  const sql = `${SELECT_DUE} ${placeholders(others)} ${OLDEST_FIRST}`;
  const due = await queryWriterIfEmpty<{ id: number }>(database, sql, { values: [...others, most], signal });
  return due.map(({ id }) => id);
}

/**
 * When the server or the service refuses a row or a record, halves the holds until the refused ones are found, and
 * keeps their errors.
 */
async function expireAll(
  context: TransitionContext,
  ids: readonly number[],
  sweep: { failures: Map<number, unknown>; signal: AbortSignal | undefined },
): Promise<number> {
  try {
    const held = await changeStatus(context, { ids, decide: expireIfDue, reasons: REASONS, signal: sweep.signal });
    return held.filter(isDueHold).length;
  } catch (error) {
    if (!isOfOneRequest(error, context.recordChanges)) throw error;
    if (ids.length === 1) return (sweep.failures.set(ids[0]!, error), 0);
    const middle = Math.ceil(ids.length / 2);
    const first = await expireAll(context, ids.slice(0, middle), sweep);
    return first + (await expireAll(context, ids.slice(middle), sweep));
  }
}

function endSweep(result: SweepResult, failures: ReadonlyMap<number, unknown>): SweepResult {
  for (const first of failures.values()) throw first;
  return result;
}

/**
 * Changes a reservation together with those made with it as one, all by the same decision. Resolves with it as it was
 * before.
 */
async function changeOne(
  context: TransitionContext,
  reservationId: number,
  transition: Omit<Transition, 'ids' | 'reasons'> & { reasons?: Transition['reasons'] | undefined },
): Promise<HeldReservation | undefined> {
  const reasons = { ...REASONS, ...transition.reasons };
  const held = await changeStatus(context, { ...transition, ids: [reservationId], reasons });
  return held.find((each) => each.reservationId === reservationId);
}

function expireIfDue(held: HeldReservation): ReservationStatus | undefined {
  return isDueHold(held) ? 'EXPIRED' : undefined;
}

function isDueHold({ status, isDue }: HeldReservation): boolean {
  return status === 'PENDING' && Boolean(isDue);
}
