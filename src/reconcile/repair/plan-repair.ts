import type { ApproveOutcome, RefundOutcome, GatewayPayment } from '../../payments/index.js';
import { mismatchOf, refundMismatchOf } from '../../payments/settle/payment-mismatch.js';
import { hearPayment } from './hear-payment.js';
import type { NeededRepair } from '../facts/judge-facts.js';
import type { Repair, ReconcileContext } from './repair.js';
import { askForApproval, askForPayment, requestFirstRefund, requestRefundAgain } from './send-again.js';
import {
  endApproval,
  endUnnamed,
  giveBack,
  nameFailed,
  settleApprovalAs,
  settleRefundAs,
} from './settle-by-gateway.js';
import { type StoredPayment, readStoredPayment } from '../facts/stored-payment.js';

const WAIT = 'the provider has not decided yet: wait';

/** A reservation with a disagreement, and the repair it needs. */
export interface Disagreement {
  reservationId: number;
  needed: NeededRepair;
  /** Read only when the repair hears the payment and is to be applied. */
  payment: StoredPayment | undefined;
}

/** Plans the repair. When needed, it asks the provider. It changes nothing. */
export async function planRepair(
  context: ReconcileContext,
  { reservationId, needed, payment }: Disagreement,
): Promise<Repair> {
  switch (needed.kind) {
    case 'hear':
      return {
        text: `${needed.event} applied to the reservation`,
        apply: async () => (payment === undefined ? 'gone' : hearPayment(context, payment, needed.event)),
      };
    case 'expire':
      return { text: 'hold expired, its seats given back', apply: () => expire(context, reservationId) };
    case 'look-up-payment':
    case 'look-up-refund':
    case 'look-up-failed':
    case 'look-up-unnamed':
      return lookUp(context, reservationId, (lookedUp) => planLookedUp(context, lookedUp, needed));
    case 'look-up-failed-refund':
      return planFailedRefund(context, reservationId, needed.otherwise);
    case 'ask-for-payment':
      return planAsking(context, reservationId, needed.ifKnown);
    case 'request-refund':
      return { text: 'refund requested', apply: () => requestFirstRefund(context, reservationId) };
    case 'request-refund-again':
      return { text: 'refund requested again', apply: () => requestRefundAgain(context, reservationId) };
    case 'leave':
      return { text: needed.text };
  }
}

async function expire({ reservations, signal }: ReconcileContext, reservationId: number): Promise<'done' | 'gone'> {
  const { kind } = await reservations.expire({ reservationId }, { signal });
  return kind === 'expired' ? 'done' : 'gone';
}

/** A payment of the payment service and of the provider. */
interface LookedUp {
  payment: StoredPayment;
  /** Undefined when the provider does not know it. */
  known: GatewayPayment | undefined;
}

/** Asks the provider and compares its answer with the payment. When they differ, nothing is repaired. */
async function lookUp(
  { guardedGateway, paymentDatabase, mismatches }: ReconcileContext,
  reservationId: number,
  plan: (lookedUp: LookedUp) => Repair,
): Promise<Repair> {
  const answer = await guardedGateway.ask((gateway, signal) => gateway.find(reservationId, signal));
  if (answer.kind !== 'said') return { text: answer.why };
  const payment = await readStoredPayment(paymentDatabase, reservationId);
  if (payment === undefined) return { text: 'its payment is gone' };
  const known = answer.value;
  const why = known === undefined ? undefined : otherwiseOf(payment, known);
  if (why === undefined) return plan({ payment, known });
  await mismatches.tell(reservationId, why);
  return { text: 'the provider says otherwise, see payment-mismatch' };
}

/** When no money moved, the provider may have no amount. */
function otherwiseOf(payment: StoredPayment, known: GatewayPayment): string | undefined {
  if (known.state === 'declined') return undefined;
  if (known.state === 'cancelled') return isRefund(payment) ? refundMismatchOf(payment, known) : undefined;
  return mismatchOf(payment, known);
}

function isRefund({ status }: StoredPayment): boolean {
  return status === 'REFUNDING' || status === 'REFUND_FAILED';
}

type LookUp = Extract<
  NeededRepair,
  { kind: 'look-up-payment' | 'look-up-refund' | 'look-up-failed' | 'look-up-unnamed' }
>;

function planLookedUp(context: ReconcileContext, lookedUp: LookedUp, needed: LookUp): Repair {
  switch (needed.kind) {
    case 'look-up-payment':
      return planApproval(context, lookedUp, needed.ifUnknown);
    case 'look-up-refund':
      return planRefund(context, lookedUp);
    case 'look-up-failed':
      return planFailed(lookedUp);
    case 'look-up-unnamed':
      return planUnnamed(context, lookedUp);
  }
}

function planApproval(context: ReconcileContext, { payment, known }: LookedUp, ifUnknown: 'ask-again' | 'end'): Repair {
  const { reservationId } = payment;
  if (known !== undefined) return planKnown(context, known);
  return ifUnknown === 'end'
    ? { text: 'ended as never begun', apply: () => endApproval(context, reservationId) }
    : { text: 'asked for again', apply: () => askForApproval(context, reservationId) };
}

function planKnown(context: ReconcileContext, known: GatewayPayment): Repair {
  const { reservationId, state, providerId, reason, amount, currency } = known;
  const settle = (outcome: ApproveOutcome) => settleApprovalAs(context, reservationId, outcome);
  switch (state) {
    case 'approved':
    case 'cancel-refused':
      return settle({ kind: 'approved', providerId, amount, currency });
    case 'declined':
      return settle({ kind: 'declined', providerId, reason: reason ?? 'declined' });
    case 'cancelled':
      return settle({ kind: 'declined', providerId, reason: reason ?? 'cancelled at the provider' });
    case 'pending':
    case 'cancelling':
      return { text: WAIT };
  }
}

function planRefund(context: ReconcileContext, { payment, known }: LookedUp): Repair {
  const { reservationId } = payment;
  const providerId = known?.providerId ?? '';
  if (known?.state === 'cancelling') return { text: WAIT };
  if (known?.state === 'cancelled') return settleRefundAs(context, reservationId, { kind: 'cancelled', providerId });
  if (known?.state === 'cancel-refused') {
    const outcome: RefundOutcome = { kind: 'refused', providerId, reason: known.reason ?? 'refund refused' };
    return settleRefundAs(context, reservationId, outcome);
  }
  return { text: 'given back by the provider, asked again', apply: () => giveBack(context, reservationId) };
}

function planFailed({ known }: LookedUp): Repair {
  const isTaken = known?.state === 'approved' || known?.state === 'cancel-refused';
  return isTaken
    ? { text: 'the payment FAILED and the provider has the money: an operator decides' }
    : { text: 'no money: an operator decides, it may have been confirmed by hand' };
}

/** The refund may have been made nevertheless. When the provider does not say so, it is left to an operator. */
async function planFailedRefund(context: ReconcileContext, reservationId: number, otherwise: string): Promise<Repair> {
  const repair = await lookUp(context, reservationId, ({ known }) =>
    known?.state === 'cancelled'
      ? settleRefundAs(context, reservationId, { kind: 'cancelled', providerId: known.providerId })
      : { text: otherwise },
  );
  return repair.apply === undefined && !context.mismatches.has(reservationId) ? { text: otherwise } : repair;
}

/** After its repair, the payment has the provider's name and is not looked up again. */
function planUnnamed(context: ReconcileContext, { payment: { reservationId }, known }: LookedUp): Repair {
  if (known === undefined)
    return { text: 'never begun', isQuiet: true, apply: () => endUnnamed(context, reservationId) };
  const { state, providerId } = known;
  if (state === 'declined' || state === 'cancelled')
    return { text: 'no money', isQuiet: true, apply: () => nameFailed(context, reservationId, providerId) };
  return planKnown(context, known);
}

function askAnew(context: ReconcileContext, reservationId: number): Repair {
  return { text: 'payment asked for again', apply: () => askForPayment(context, reservationId) };
}

async function planAsking(context: ReconcileContext, reservationId: number, ifKnown: boolean): Promise<Repair> {
  if (!ifKnown) return askAnew(context, reservationId);
  const answer = await context.guardedGateway.ask((gateway, signal) => gateway.find(reservationId, signal));
  if (answer.kind !== 'said') return { text: answer.why };
  const state = answer.value?.state;
  if (state === 'approved' || state === 'cancel-refused') return askAnew(context, reservationId);
  return { text: 'no money: an operator decides, it may have been confirmed by hand' };
}
