import type { Transaction } from '../../database/index.js';
import { type ApproveOutcome, type RefundOutcome, readPayment } from '../../payments/index.js';
import type { Report } from '../../payments/settle/decide-report.js';
import { settlePayments } from '../../payments/settle/settle-payments.js';
import { rememberProvider } from '../../payments/payment-states.js';
import { RECONCILER } from '../facts/read-facts.js';
import type { RepairEnd, Repair, ReconcileContext } from './repair.js';

const FIND_RESOLVED = "SELECT 1 AS found FROM compensation WHERE reservation_id = ? AND state = 'RESOLVED'";
const RECORD_LOOK_UP = `INSERT INTO payment_history (reservation_id, from_status, to_status, reason, actor, changed_at)
  VALUES (?, 'FAILED', 'FAILED', 'looked up: no money was taken', '${RECONCILER}', UTC_TIMESTAMP(6))`;

/** Applies the provider's report on a payment in the payment service. Its outbox informs the reservation side. */
export function settleApprovalAs(context: ReconcileContext, reservationId: number, outcome: ApproveOutcome): Repair {
  return {
    text: `payment settled as ${outcome.kind}, as the provider says`,
    apply: () => applyApproval(context, reservationId, outcome),
  };
}

/** Applies the provider's report on a refund. */
export function settleRefundAs(context: ReconcileContext, reservationId: number, outcome: RefundOutcome): Repair {
  return {
    text: `refund settled as ${outcome.kind}, as the provider says`,
    apply: () => applyRefund(context, reservationId, outcome),
  };
}

/**
 * Cancels a payment at the provider that nobody wants any more. An approval that is still on its way comes too late.
 */
export async function endApproval(context: ReconcileContext, reservationId: number): Promise<RepairEnd> {
  const answer = await context.guardedGateway.ask((gateway, signal) => gateway.cancel({ reservationId }, signal));
  if (answer.kind !== 'said') return { left: answer.why };
  const { kind, providerId } = answer.value;
  if (kind !== 'cancelled') return { left: 'the provider has heard of it meanwhile: the next run looks again' };
  return applyApproval(context, reservationId, { kind: 'declined', providerId, reason: 'never begun' });
}

/** Cancels a payment at the provider that FAILED without its answer, and notes the provider's name for it. */
export async function endUnnamed(context: ReconcileContext, reservationId: number): Promise<RepairEnd> {
  const answer = await context.guardedGateway.ask((gateway, signal) => gateway.cancel({ reservationId }, signal));
  if (answer.kind !== 'said') return { left: answer.why };
  const { kind, providerId } = answer.value;
  if (kind !== 'cancelled') return { left: 'the provider has heard of it meanwhile: the next run looks again' };
  return nameFailed(context, reservationId, providerId);
}

/** Notes the provider's name for a payment that FAILED. The name shows that it has been looked up. */
export async function nameFailed(
  context: ReconcileContext,
  reservationId: number,
  providerId: string,
): Promise<RepairEnd> {
  const { paymentDatabase, signal } = context;
  const name = async (tx: Transaction): Promise<RepairEnd> => {
    const payment = await readPayment(tx, reservationId, { lock: true });
    if (payment?.status !== 'FAILED' || payment.providerId !== null) return 'gone';
    await rememberProvider(tx, { reservationId, status: 'FAILED', providerId });
    await tx.execute(RECORD_LOOK_UP, [reservationId]);
    return 'done';
  };
  return paymentDatabase.transaction(name, { signal });
}

/** Asks the provider for a refund that it has not made, unless an operator has settled it meanwhile. */
export async function giveBack(context: ReconcileContext, reservationId: number): Promise<RepairEnd> {
  const resolved = await context.reservationDatabase.query(FIND_RESOLVED, [reservationId]);
  if (resolved.length > 0) return 'gone';
  const answer = await context.guardedGateway.ask((gateway, signal) => gateway.cancel({ reservationId }, signal));
  if (answer.kind === 'silent') return { left: answer.why };
  const refused: RefundOutcome = { kind: 'refused', providerId: '', reason: 'the provider calls the refund wrong' };
  const outcome = answer.kind === 'said' ? answer.value : refused;
  if (outcome.kind === 'pending') return { left: 'asked for; the provider has not decided yet: wait' };
  return applyRefund(context, reservationId, outcome);
}

function applyApproval(context: ReconcileContext, reservationId: number, outcome: ApproveOutcome): Promise<RepairEnd> {
  return applyReport(context, { reservationId, actor: RECONCILER, of: 'approval', outcome });
}

function applyRefund(context: ReconcileContext, reservationId: number, outcome: RefundOutcome): Promise<RepairEnd> {
  return applyReport(context, { reservationId, actor: RECONCILER, of: 'refund', outcome });
}

async function applyReport({ paymentDatabase, signal }: ReconcileContext, report: Report): Promise<RepairEnd> {
  const [result] = await paymentDatabase.transaction((tx) => settlePayments(tx, [report]), { signal });
  if (result === 'mismatch') return { left: 'the provider says otherwise' };
  return result === 'settled' ? 'done' : 'gone';
}
