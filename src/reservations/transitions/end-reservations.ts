import type { Database } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';
import { queryWriterIfEmpty } from '../../database/read-as-writer.js';
import { checkId } from '../requests/check-request.js';
import { serveHalved } from '../../serve-halved.js';
import type { ChangeQueue } from './change-queue.js';
import { type ChangesRequest, type TransitionContext, changeAll } from './change-all.js';
import type { Change, DecidedChange } from './decide-changes.js';
import type { HeldReservation } from './held-reservations.js';
import { isLive } from './live-status.js';
import type { CallOptions, ChangeRequest, SweepResult } from '../reservations.js';
import type { CancelOutcome, ConfirmOutcome, ExpireOutcome, ReservationStatus } from '../reservation.js';

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
  queue: ChangeQueue,
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
  const before = await queue.change({ reservationId, decide }, signal);
  if (before === undefined) return { kind: 'not-found' };
  if (before.memberId !== memberId) return { kind: 'not-owner' };
  if (before.status === 'EXPIRED' || isDueHold(before)) return { kind: 'expired' };
  return { kind: before.status === 'CANCELLED' ? 'already-cancelled' : 'cancelled' };
}

/** Confirms a hold that is not due. When it is due, it is expired at once. */
export async function confirmReservation(
  queue: ChangeQueue,
  { reservationId }: { reservationId: number },
  { signal }: CallOptions,
): Promise<ConfirmOutcome> {
  checkId('reservationId', reservationId);
  const decide = (held: HeldReservation): ReservationStatus | undefined => {
    if (held.status !== 'PENDING') return undefined;
    return held.isDue ? 'EXPIRED' : 'CONFIRMED';
  };
  const before = await queue.change({ reservationId, decide, lockSlots: 'if-freed' }, signal);
  if (before === undefined) return { kind: 'not-found' };
  if (before.status === 'CANCELLED') return { kind: 'cancelled' };
  if (before.status === 'EXPIRED' || isDueHold(before)) return { kind: 'expired' };
  return { kind: before.status === 'CONFIRMED' ? 'already-confirmed' : 'confirmed' };
}

/** Expires a hold that is due. */
export async function expireReservation(
  queue: ChangeQueue,
  { reservationId }: { reservationId: number },
  { signal }: CallOptions,
): Promise<ExpireOutcome> {
  checkId('reservationId', reservationId);
  const before = await queue.change({ reservationId, decide: expireIfDue }, signal);
  if (before === undefined) return { kind: 'not-found' };
  if (before.status === 'CONFIRMED') return { kind: 'confirmed' };
  if (before.status === 'CANCELLED') return { kind: 'cancelled' };
  if (before.status === 'EXPIRED') return { kind: 'already-expired' };
  return { kind: before.isDue ? 'expired' : 'not-due' };
}

/** Changes a reservation, and those made with it as one, as the caller decides. */
export async function changeReservation(
  context: TransitionContext,
  { begin, end, ...change }: ChangeRequest,
  { signal }: CallOptions,
): Promise<HeldReservation | undefined> {
  checkId('reservationId', change.reservationId);
  const [decided] = await changeAll(context, {
    changes: [change],
    begin: async (tx, held) => (held.length > 0 && (await begin?.(tx)) !== false ? [change] : []),
    end: async (tx, [made]) => void (made && (await end?.(tx, made.madeAsOne))),
    signal,
  });
  return decided?.before;
}

/** Makes many changes in one transaction. */
export function changeReservations<One extends Change>(
  context: TransitionContext,
  request: ChangesRequest<One>,
  { signal }: CallOptions,
): Promise<readonly DecidedChange<One>[]> {
  for (const { reservationId } of request.changes) checkId('reservationId', reservationId);
  return changeAll(context, { ...request, signal });
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

/** Those that are refused are found by halving. Those that somebody holds for long are left out. */
async function expireAll(
  context: TransitionContext,
  ids: readonly number[],
  sweep: { failures: Map<number, unknown>; signal: AbortSignal | undefined },
): Promise<number> {
  let expired = 0;
  const fail = ({ reservationId }: Change, error: unknown): void => void sweep.failures.set(reservationId, error);
  await serveHalved(
    ids.map((reservationId): Change => ({ reservationId, decide: expireIfDue })),
    async (changes) => {
      const decided = await changeAll(context, { changes, onHeld: fail, signal: sweep.signal });
      expired += decided.flatMap(({ madeAsOne }) => madeAsOne.filter(isDueHold)).length;
    },
    fail,
  );
  return expired;
}

function endSweep(result: SweepResult, failures: ReadonlyMap<number, unknown>): SweepResult {
  for (const first of failures.values()) throw first;
  return result;
}

function expireIfDue(held: HeldReservation): ReservationStatus | undefined {
  return isDueHold(held) ? 'EXPIRED' : undefined;
}

function isDueHold({ status, isDue }: HeldReservation): boolean {
  return status === 'PENDING' && Boolean(isDue);
}
