import type { Transaction } from '../../database/index.js';
import {
  type ApproveOutcome,
  type RefundOutcome,
  type SettleResult,
  readPayment,
  settleApproval,
  settleRefund,
} from '../../payments/index.js';
import { rememberProvider } from '../../payments/payment-states.js';
import { RECONCILER } from '../facts/read-facts.js';
import type { Mended, Remedy, Tools } from './repair.js';

const FIND_RESOLVED = "SELECT 1 AS found FROM compensation WHERE reservation_id = ? AND state = 'RESOLVED'";
const RECORD_LOOK_UP = `INSERT INTO payment_history (reservation_id, from_status, to_status, reason, actor, changed_at)
  VALUES (?, 'FAILED', 'FAILED', 'looked up: no money was taken', '${RECONCILER}', UTC_TIMESTAMP(6))`;

/** Applies what the provider says of a payment in the payment service, whose outbox tells the reservation. */
export function settleApprovalAs(tools: Tools, reservationId: number, outcome: ApproveOutcome): Remedy {
  return {
    text: `payment settled as ${outcome.kind}, as the provider says`,
    apply: () => applyApproval(tools, reservationId, outcome),
  };
}

/** Applies what the provider says of a refund. */
export function settleRefundAs(tools: Tools, reservationId: number, outcome: RefundOutcome): Remedy {
  return {
    text: `refund settled as ${outcome.kind}, as the provider says`,
    apply: () => applyRefund(tools, reservationId, outcome),
  };
}

/** Tells the provider not to take money that nobody wants any more: an approval that is still on its way comes too late. */
export async function endApproval(tools: Tools, reservationId: number): Promise<Mended> {
  const answer = await tools.desk.ask((gateway, signal) => gateway.cancel({ reservationId }, signal));
  if (answer.kind !== 'said') return { left: answer.why };
  const { kind, providerId } = answer.value;
  if (kind !== 'cancelled') return { left: 'the provider has heard of it meanwhile: the next run looks again' };
  return applyApproval(tools, reservationId, { kind: 'declined', providerId, reason: 'never begun' });
}

/** Tells the provider not to take money for a payment that FAILED without its word, and notes what the provider calls it. */
export async function endUnnamed(tools: Tools, reservationId: number): Promise<Mended> {
  const answer = await tools.desk.ask((gateway, signal) => gateway.cancel({ reservationId }, signal));
  if (answer.kind !== 'said') return { left: answer.why };
  const { kind, providerId } = answer.value;
  if (kind !== 'cancelled') return { left: 'the provider has heard of it meanwhile: the next run looks again' };
  return nameFailed(tools, reservationId, providerId);
}

/** Notes what the provider calls a payment that FAILED: it has been looked up. */
export async function nameFailed(tools: Tools, reservationId: number, providerId: string): Promise<Mended> {
  const { paymentDatabase, signal } = tools;
  const name = async (tx: Transaction): Promise<Mended> => {
    const payment = await readPayment(tx, reservationId, { lock: true });
    if (payment?.status !== 'FAILED' || payment.providerId !== null) return 'gone';
    await rememberProvider(tx, { reservationId, status: 'FAILED', providerId });
    await tx.execute(RECORD_LOOK_UP, [reservationId]);
    return 'done';
  };
  return paymentDatabase.transaction(name, { signal });
}

/** Asks the provider for a refund of which it does not know, unless an operator has settled it meanwhile. */
export async function giveBack(tools: Tools, reservationId: number): Promise<Mended> {
  const resolved = await tools.reservationDatabase.query(FIND_RESOLVED, [reservationId]);
  if (resolved.length > 0) return 'gone';
  const answer = await tools.desk.ask((gateway, signal) => gateway.cancel({ reservationId }, signal));
  if (answer.kind === 'silent') return { left: answer.why };
  const refused: RefundOutcome = { kind: 'refused', providerId: '', reason: 'the provider calls the refund wrong' };
  const outcome = answer.kind === 'said' ? answer.value : refused;
  if (outcome.kind === 'pending') return { left: 'asked for; the provider has not decided yet: wait' };
  return applyRefund(tools, reservationId, outcome);
}

async function applyApproval(tools: Tools, reservationId: number, outcome: ApproveOutcome): Promise<Mended> {
  const { paymentDatabase, signal } = tools;
  const teller = { reservationId, actor: RECONCILER };
  return endOf(await paymentDatabase.transaction((tx) => settleApproval(tx, teller, outcome), { signal }));
}

async function applyRefund(tools: Tools, reservationId: number, outcome: RefundOutcome): Promise<Mended> {
  const { paymentDatabase, signal } = tools;
  const teller = { reservationId, actor: RECONCILER };
  return endOf(await paymentDatabase.transaction((tx) => settleRefund(tx, teller, outcome), { signal }));
}

function endOf(result: SettleResult): Mended {
  if (result === 'mismatch') return { left: 'the provider says otherwise' };
  return result === 'settled' ? 'done' : 'gone';
}
