import type { ApproveOutcome, RefundOutcome, GatewayPayment } from '../../payments/index.js';
import { mismatchOf, refundMismatchOf } from '../../payments/settle/payment-mismatch.js';
import { hearPayment } from './hear-payment.js';
import type { Cure } from '../facts/judge-facts.js';
import type { Remedy, Tools } from './repair.js';
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

/** A reservation of which something disagrees, and what may mend it. */
export interface Disagreement {
  reservationId: number;
  cure: Cure;
  /** Read where the cure is to hear of it, and is to be applied. */
  payment: StoredPayment | undefined;
}

/** What can be done by a cure. It asks the provider where that is needed, and changes nothing. */
export async function planCure(tools: Tools, { reservationId, cure, payment }: Disagreement): Promise<Remedy> {
  switch (cure.kind) {
    case 'hear':
      return {
        text: `${cure.event} applied to the reservation`,
        apply: async () => (payment === undefined ? 'gone' : hearPayment(tools, payment, cure.event)),
      };
    case 'expire':
      return { text: 'hold expired, its seats given back', apply: () => expire(tools, reservationId) };
    case 'look-up-payment':
    case 'look-up-refund':
    case 'look-up-failed':
    case 'look-up-unnamed':
      return lookUp(tools, reservationId, (lookedUp) => planLookedUp(tools, lookedUp, cure));
    case 'look-up-failed-refund':
      return planFailedRefund(tools, reservationId, cure.otherwise);
    case 'ask-for-payment':
      return planAsking(tools, reservationId, cure.ifKnown);
    case 'request-refund':
      return { text: 'refund requested', apply: () => requestFirstRefund(tools, reservationId) };
    case 'request-refund-again':
      return { text: 'refund requested again', apply: () => requestRefundAgain(tools, reservationId) };
    case 'leave':
      return { text: cure.text };
  }
}

async function expire({ reservations, signal }: Tools, reservationId: number): Promise<'done' | 'gone'> {
  const { kind } = await reservations.expire({ reservationId }, { signal });
  return kind === 'expired' ? 'done' : 'gone';
}

/** A payment as both have it. */
interface LookedUp {
  payment: StoredPayment;
  /** Undefined when the provider never heard of it. */
  known: GatewayPayment | undefined;
}

/** Asks the provider, and compares what it says: of a payment that they do not agree on nothing is decided. */
async function lookUp(
  { desk, paymentDatabase, mismatches }: Tools,
  reservationId: number,
  plan: (lookedUp: LookedUp) => Remedy,
): Promise<Remedy> {
  const answer = await desk.ask((gateway, signal) => gateway.find(reservationId, signal));
  if (answer.kind !== 'said') return { text: answer.why };
  const payment = await readStoredPayment(paymentDatabase, reservationId);
  if (payment === undefined) return { text: 'its payment is gone' };
  const known = answer.value;
  const why = known === undefined ? undefined : otherwiseOf(payment, known);
  if (why === undefined) return plan({ payment, known });
  await mismatches.tell(reservationId, why);
  return { text: 'the provider says otherwise, see payment-mismatch' };
}

/** Where no money moved, the provider may have no amount. */
function otherwiseOf(payment: StoredPayment, known: GatewayPayment): string | undefined {
  if (known.state === 'declined') return undefined;
  if (known.state === 'cancelled') return isRefund(payment) ? refundMismatchOf(payment, known) : undefined;
  return mismatchOf(payment, known);
}

function isRefund({ status }: StoredPayment): boolean {
  return status === 'REFUNDING' || status === 'REFUND_FAILED';
}

type LookUp = Extract<Cure, { kind: 'look-up-payment' | 'look-up-refund' | 'look-up-failed' | 'look-up-unnamed' }>;

function planLookedUp(tools: Tools, lookedUp: LookedUp, cure: LookUp): Remedy {
  switch (cure.kind) {
    case 'look-up-payment':
      return planApproval(tools, lookedUp, cure.ifUnknown);
    case 'look-up-refund':
      return planRefund(tools, lookedUp);
    case 'look-up-failed':
      return planFailed(lookedUp);
    case 'look-up-unnamed':
      return planUnnamed(tools, lookedUp);
  }
}

function planApproval(tools: Tools, { payment, known }: LookedUp, ifUnknown: 'ask-again' | 'end'): Remedy {
  const { reservationId } = payment;
  if (known !== undefined) return planKnown(tools, known);
  return ifUnknown === 'end'
    ? { text: 'ended as never begun', apply: () => endApproval(tools, reservationId) }
    : { text: 'asked for again', apply: () => askForApproval(tools, reservationId) };
}

function planKnown(tools: Tools, known: GatewayPayment): Remedy {
  const { reservationId, state, providerId, reason, amount, currency } = known;
  const settle = (outcome: ApproveOutcome) => settleApprovalAs(tools, reservationId, outcome);
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

function planRefund(tools: Tools, { payment, known }: LookedUp): Remedy {
  const { reservationId } = payment;
  const providerId = known?.providerId ?? '';
  if (known?.state === 'cancelling') return { text: WAIT };
  if (known?.state === 'cancelled') return settleRefundAs(tools, reservationId, { kind: 'cancelled', providerId });
  if (known?.state === 'cancel-refused') {
    const outcome: RefundOutcome = { kind: 'refused', providerId, reason: known.reason ?? 'refund refused' };
    return settleRefundAs(tools, reservationId, outcome);
  }
  return { text: 'given back by the provider, asked again', apply: () => giveBack(tools, reservationId) };
}

function planFailed({ known }: LookedUp): Remedy {
  const isTaken = known?.state === 'approved' || known?.state === 'cancel-refused';
  return isTaken
    ? { text: 'the payment FAILED and the provider has the money: an operator decides' }
    : { text: 'no money: an operator decides, it may have been confirmed by hand' };
}

/** It may have been made all the same; what does not say so is left to an operator. */
async function planFailedRefund(tools: Tools, reservationId: number, otherwise: string): Promise<Remedy> {
  const remedy = await lookUp(tools, reservationId, ({ known }) =>
    known?.state === 'cancelled'
      ? settleRefundAs(tools, reservationId, { kind: 'cancelled', providerId: known.providerId })
      : { text: otherwise },
  );
  return remedy.apply === undefined && !tools.mismatches.has(reservationId) ? { text: otherwise } : remedy;
}

/** From then on the payment has the provider's name, and is not looked up again. */
function planUnnamed(tools: Tools, { payment: { reservationId }, known }: LookedUp): Remedy {
  if (known === undefined) return { text: 'never begun', isQuiet: true, apply: () => endUnnamed(tools, reservationId) };
  const { state, providerId } = known;
  if (state === 'declined' || state === 'cancelled')
    return { text: 'no money', isQuiet: true, apply: () => nameFailed(tools, reservationId, providerId) };
  return planKnown(tools, known);
}

function askAnew(tools: Tools, reservationId: number): Remedy {
  return { text: 'payment asked for again', apply: () => askForPayment(tools, reservationId) };
}

async function planAsking(tools: Tools, reservationId: number, ifKnown: boolean): Promise<Remedy> {
  if (!ifKnown) return askAnew(tools, reservationId);
  const answer = await tools.desk.ask((gateway, signal) => gateway.find(reservationId, signal));
  if (answer.kind !== 'said') return { text: answer.why };
  const state = answer.value?.state;
  if (state === 'approved' || state === 'cancel-refused') return askAnew(tools, reservationId);
  return { text: 'no money: an operator decides, it may have been confirmed by hand' };
}
