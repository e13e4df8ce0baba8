import { checkId } from './check-request.js';
import type { CallOptions, SweepResult } from './reservations.js';
import type { CancelOutcome, ConfirmOutcome, ExpireOutcome, ReservationStatus } from './reservation.js';
import { type HeldReservation, type TransitionTools, changeStatus } from './transitions.js';

/** Holds expired by one transaction. */
const SWEPT_AT_ONCE = 200;

const SELECT_DUE = `SELECT {reservation.id} AS id FROM {reservation}
  WHERE {reservation.status} = 'PENDING' AND {reservation.expiresAt} <= NOW(6)
  ORDER BY {reservation.expiresAt} LIMIT ?`;

/** Cancels what is live and the member's own; a hold that is due counts as expired. */
export async function cancelReservation(
  tools: TransitionTools,
  { reservationId, memberId }: { reservationId: number; memberId: number },
  { signal }: CallOptions,
): Promise<CancelOutcome> {
  checkId('reservationId', reservationId);
  checkId('memberId', memberId);
  const decide = (held: HeldReservation): ReservationStatus | undefined => {
    if (held.memberId !== memberId) return undefined;
    if (isDueHold(held)) return 'EXPIRED';
    return isLive(held) ? 'CANCELLED' : undefined;
  };
  const before = await changeOne(tools, reservationId, { decide, signal });
  if (before === undefined) return { kind: 'not-found' };
  if (before.memberId !== memberId) return { kind: 'not-owner' };
  if (before.status === 'EXPIRED' || isDueHold(before)) return { kind: 'expired' };
  return { kind: before.status === 'CANCELLED' ? 'already-cancelled' : 'cancelled' };
}

/** Confirms a hold that is not due; one that is due is expired at once. */
export async function confirmReservation(
  tools: TransitionTools,
  { reservationId }: { reservationId: number },
  { signal }: CallOptions,
): Promise<ConfirmOutcome> {
  checkId('reservationId', reservationId);
  const decide = (held: HeldReservation): ReservationStatus | undefined => {
    if (held.status !== 'PENDING') return undefined;
    return held.isDue ? 'EXPIRED' : 'CONFIRMED';
  };
  const before = await changeOne(tools, reservationId, { decide, signal });
  if (before === undefined) return { kind: 'not-found' };
  if (before.status === 'CANCELLED') return { kind: 'cancelled' };
  if (before.status === 'EXPIRED' || isDueHold(before)) return { kind: 'expired' };
  return { kind: before.status === 'CONFIRMED' ? 'already-confirmed' : 'confirmed' };
}

/** Expires a hold that is due. */
export async function expireReservation(
  tools: TransitionTools,
  { reservationId }: { reservationId: number },
  { signal }: CallOptions,
): Promise<ExpireOutcome> {
  checkId('reservationId', reservationId);
  const before = await changeOne(tools, reservationId, { decide: expireIfDue, signal });
  if (before === undefined) return { kind: 'not-found' };
  if (before.status === 'CONFIRMED') return { kind: 'confirmed' };
  if (before.status === 'CANCELLED') return { kind: 'cancelled' };
  if (before.status === 'EXPIRED') return { kind: 'already-expired' };
  return { kind: before.isDue ? 'expired' : 'not-due' };
}

/** Expires holds that are due, oldest first, some hundreds a transaction. */
export async function expireDueReservations(
  tools: TransitionTools,
  { signal, limit = 10_000 }: CallOptions & { limit?: number | undefined },
): Promise<SweepResult> {
  checkId('limit', limit);
  const { database } = tools;
  let expired = 0;
  for (let left = limit; left > 0;) {
    const wanted = Math.min(left, SWEPT_AT_ONCE);
    const due = await database.query<{ id: number }>(database.sql(SELECT_DUE), [wanted], { signal });
    if (due.length === 0) return { expired, more: false };
    const held = await changeStatus(tools, { ids: due.map(({ id }) => id), decide: expireIfDue, signal });
    expired += held.filter(isDueHold).length;
    left -= due.length;
  }
  return { expired, more: true };
}

/** Changes a reservation together with those made with it as one, all by the same decision, and tells how it was before. */
async function changeOne(
  tools: TransitionTools,
  reservationId: number,
  {
    decide,
    signal,
  }: { decide: (held: HeldReservation) => ReservationStatus | undefined; signal: AbortSignal | undefined },
): Promise<HeldReservation | undefined> {
  const held = await changeStatus(tools, { ids: [reservationId], decide, signal });
  return held.find((each) => each.reservationId === reservationId);
}

function expireIfDue(held: HeldReservation): ReservationStatus | undefined {
  return isDueHold(held) ? 'EXPIRED' : undefined;
}

function isDueHold({ status, isDue }: HeldReservation): boolean {
  return status === 'PENDING' && Boolean(isDue);
}

function isLive({ status }: HeldReservation): boolean {
  return status === 'PENDING' || status === 'CONFIRMED';
}
