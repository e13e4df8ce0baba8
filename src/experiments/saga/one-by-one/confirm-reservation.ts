import type { Database, Transaction } from '../../../database/index.js';
import type { HandlerContext, Message, MessageHandler } from '../../../messaging/index.js';
import { settledOf } from '../../../payments/events.js';
import type { RecordChanges, ReservationStatus } from '../../../reservations/index.js';
import { historyStatement } from '../../../saga/history.js';
import { recordSaga } from '../../../saga/index.js';

interface HeldRow {
  slotId: number;
  restaurantId: number;
  memberId: number;
  partySize: number;
  groupId: number | null;
  status: ReservationStatus;
  isDue: boolean;
}

const LOCK = `SELECT {reservation.slotId} AS slotId, {reservation.restaurantId} AS restaurantId,
    {reservation.memberId} AS memberId, {reservation.partySize} AS partySize, {reservation.groupId} AS groupId,
    {reservation.status} AS status, COALESCE({reservation.expiresAt} <= UTC_TIMESTAMP(6), FALSE) AS isDue
  FROM {reservation} FORCE INDEX (PRIMARY) WHERE {reservation.id} IN (?) ORDER BY {reservation.id} FOR UPDATE`;
const CONFIRM = `UPDATE {reservation} FORCE INDEX (PRIMARY) SET {reservation.status} = 'CONFIRMED'
  WHERE {reservation.id} IN (?)`;
const REMEMBER = `UPDATE {reservation} SET {reservation.paymentId} = COALESCE(?, {reservation.paymentId}),
    {reservation.paymentStatus} = 'PAID' WHERE {reservation.id} = ?`;

/**
 * The reservation side's handler as it was before batches: one message a transaction. Only the confirmation of a hold
 * that is not due is here, because nothing else happens in the measurement.
 */
export function confirmReservation(database: Database): MessageHandler {
  const record = recordSaga();
  return {
    name: 'confirm reservation',
    handle: async (message, context) => {
      await database.transaction((tx) => confirm(tx, { message, context, record }), {
        signal: context.signal,
        lockWaitSeconds: 5,
      });
    },
  };
}

interface Confirming {
  message: Message;
  context: HandlerContext;
  record: RecordChanges;
}

async function confirm(tx: Transaction, { message, context, record }: Confirming): Promise<void> {
  const { reservationId, paymentId, reason } = settledOf(message);
  const [held] = await tx.query<HeldRow>(LOCK, [reservationId]);
  if (!(await context.noteHandled(tx))) return;
  if (held?.status !== 'PENDING' || held.isDue) throw new Error(`reservation ${reservationId} is no live hold`);
  await tx.execute(CONFIRM, [reservationId]);
  const { slotId, restaurantId, memberId, partySize, groupId } = held;
  const about = { reservationId, slotId, restaurantId, memberId, partySize, groupId, traceparent: message.traceparent };
  const step = { from: 'PENDING', to: 'CONFIRMED', reason: 'paid', paymentStatus: null } as const;
  for (const { sql, values, afterCommit } of record([{ ...about, ...step }])) {
    await tx.execute(sql, values);
    if (afterCommit) tx.afterCommit(afterCommit);
  }
  await tx.execute(REMEMBER, [paymentId, reservationId]);
  const heard = { reservationId, subject: 'payment', from: null, to: 'PAID', reason } as const;
  const { sql, values } = historyStatement([{ ...heard, actor: `${message.type} ${message.id}` }]);
  await tx.execute(sql, values);
}
