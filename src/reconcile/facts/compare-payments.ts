import { inParallel } from '../../in-parallel.js';
import type { GatewayPayment, PaymentStatus } from '../../payments/index.js';
import { mismatchOf } from '../../payments/settle/payment-mismatch.js';
import type { ReconcileContext } from '../repair/repair.js';
import { type StoredPayment, readStoredPayment } from './stored-payment.js';

/** A noted mismatch counts while its payment has the status that was noted. */
const NOTED = `SELECT m.reservation_id AS reservationId, m.status, m.reason FROM payment_mismatch m
  JOIN payment p ON p.reservation_id = m.reservation_id AND p.status = m.status
  WHERE m.reservation_id > ? AND m.noted_at <= UTC_TIMESTAMP(6) - INTERVAL ? * 1000 MICROSECOND ORDER BY m.reservation_id LIMIT 1000`;
const REMOVE_NOTED = 'DELETE FROM payment_mismatch WHERE reservation_id = ? AND reason = ?';

// Answered by ix_payment_status from its end, where the payments are that were paid last.
const LATEST_PAID = `SELECT reservation_id AS reservationId FROM payment
  WHERE status = 'PAID' AND amount <> 0 AND changed_at <= UTC_TIMESTAMP(6) - INTERVAL ? * 1000 MICROSECOND
  ORDER BY changed_at DESC, reservation_id DESC LIMIT ?`;

interface Noted {
  reservationId: number;
  status: PaymentStatus;
  reason: string;
}

/**
 * Asks the provider again about noted mismatches, and reports those that remain. Then asks whether it has the money of
 * the payments that were paid last, at most `most` of them. Resolves with the number of these for which it answered.
 */
export async function comparePayments(context: ReconcileContext, most: number): Promise<number> {
  await lookAtNoted(context);
  if (most === 0 || !context.guardedGateway.isThere) return 0;
  const { paymentDatabase, olderThanMs, signal } = context;
  const values = [olderThanMs, most];
  const paid = await paymentDatabase.query<{ reservationId: number }>(LATEST_PAID, values, { signal });
  let compared = 0;
  await inParallel(paid, context, async ({ reservationId }) => {
    if ((await compare(context, { reservationId, status: 'PAID' })) !== 'silent') compared += 1;
  });
  return compared;
}

async function lookAtNoted(context: ReconcileContext): Promise<void> {
  let last = 0;
  for (;;) {
    const noted = await context.paymentDatabase.query<Noted>(NOTED, [last, context.olderThanMs], {
      signal: context.signal,
    });
    await inParallel(noted, context, (each) => lookAgain(context, each));
    if (noted.length === 0) return;
    last = noted.at(-1)!.reservationId;
  }
}

/** When the provider sent a wrong callback, it may answer correctly when it is asked. Its answer counts. */
async function lookAgain(context: ReconcileContext, { reservationId, status, reason }: Noted): Promise<void> {
  const { mismatches, tally, fix, paymentDatabase, signal } = context;
  if (mismatches.has(reservationId)) return;
  if ((await compare(context, { reservationId, status })) !== 'agrees') return mismatches.tell(reservationId, reason);
  const text = 'noted once, and the provider has what was asked for: removed';
  if (fix) {
    await paymentDatabase.transaction((tx) => tx.execute(REMOVE_NOTED, [reservationId, reason]), { signal });
  }
  const end = fix ? 'fixed' : 'left';
  await tally.add({ name: 'payment-mismatch', key: reservationId, end, text: fix ? text : `not fixed: ${text}` });
}

/** The payment is read after the provider was asked. When it has another status by then, there is no mismatch. */
async function compare(
  context: ReconcileContext,
  { reservationId, status }: Pick<Noted, 'reservationId' | 'status'>,
): Promise<'agrees' | 'differs' | 'silent'> {
  const { guardedGateway, paymentDatabase, mismatches } = context;
  const answer = await guardedGateway.ask((gateway, signal) => gateway.find(reservationId, signal));
  if (answer.kind !== 'said') return 'silent';
  const payment = await readStoredPayment(paymentDatabase, reservationId);
  const why = payment?.status === status ? otherwiseOf(payment, answer.value) : undefined;
  if (why === undefined) return 'agrees';
  await mismatches.tell(reservationId, why);
  return 'differs';
}

const AGREE: Readonly<Record<PaymentStatus, readonly (GatewayPayment['state'] | undefined)[]>> = {
  READY: ['pending'],
  // When the provider refused a refund, the restaurant still has the money.
  PAID: ['approved', 'cancel-refused'],
  FAILED: ['declined', 'cancelled', undefined],
  REFUNDING: ['cancelling'],
  REFUNDED: ['declined', 'cancelled', undefined],
  REFUND_FAILED: ['approved', 'cancel-refused'],
};

function otherwiseOf(payment: StoredPayment, known: GatewayPayment | undefined): string | undefined {
  const { status, amount, currency } = payment;
  if (!AGREE[status].includes(known?.state)) {
    const said = known === undefined ? 'knows of no such payment' : `calls it ${known.state}`;
    return `expected ${amount} ${currency} as ${status}, the provider ${said}`;
  }
  return status === 'PAID' && known !== undefined ? mismatchOf(payment, known) : undefined;
}
