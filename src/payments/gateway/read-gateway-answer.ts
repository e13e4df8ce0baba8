import type { ApproveOutcome, RefundOutcome, GatewayPayment } from './gateway.js';
import { type Money, readMoney } from '../money.js';
import { fieldsOf, isProviderId, isReservationId, readReason } from './provider-fields.js';

type State = GatewayPayment['state'];

const STATES: readonly State[] = ['pending', 'approved', 'declined', 'cancelling', 'cancelled', 'cancel-refused'];

/**
 * The outcome of an approval in a provider's answer. Undefined when the answer lacks a field or is about another
 * reservation. Undefined also when it is about another amount, unless money was taken: then the outcome has the money
 * that was taken. A payment that was cancelled is declined. A payment that is being given back is pending. A payment
 * whose refund was refused is approved, because its money is taken.
 */
export function readApproval(answer: unknown, asked: Money & { reservationId: number }): ApproveOutcome | undefined {
  const known = readState(answer);
  if (known === undefined || !isAbout(answer, { reservationId: asked.reservationId })) return undefined;
  if (known.state === 'approved' || known.state === 'cancel-refused') {
    const money = readMoney(fieldsOf(answer));
    return money && { kind: 'approved', providerId: known.providerId, ...money };
  }
  return isAbout(answer, asked) ? readUntaken(known) : undefined;
}

function readUntaken({ providerId, state, reason }: Known): ApproveOutcome {
  if (state === 'declined') return { kind: 'declined', providerId, reason: reason ?? 'declined' };
  if (state === 'cancelled') return { kind: 'declined', providerId, reason: reason ?? 'cancelled before' };
  return { kind: 'pending', providerId };
}

/**
 * The outcome of a refund in a provider's answer. Undefined when the answer lacks a field, is about another
 * reservation, or still calls the payment approved.
 */
export function readCancellation(answer: unknown, asked: { reservationId: number }): RefundOutcome | undefined {
  const known = readState(answer);
  if (known === undefined || !isAbout(answer, asked)) return undefined;
  const { providerId, state, reason } = known;
  switch (state) {
    case 'cancelled':
      return { kind: 'cancelled', providerId, ...readMoney(fieldsOf(answer)) };
    case 'declined':
      return { kind: 'cancelled', providerId };
    case 'cancelling':
    case 'pending':
      return { kind: 'pending', providerId };
    case 'cancel-refused':
      return { kind: 'refused', providerId, reason: reason ?? 'refund refused' };
    case 'approved':
      return undefined;
  }
}

/**
 * A reservation's payment in a provider's answer; undefined when the answer lacks a field or is about another
 * reservation.
 */
export function readPayment(answer: unknown, reservationId: number): GatewayPayment | undefined {
  const known = readState(answer);
  const { reservationId: about } = fieldsOf(answer);
  if (known === undefined || about !== reservationId || !isReservationId(about)) return undefined;
  const money = readMoney(fieldsOf(answer));
  return money && { reservationId, ...money, ...known };
}

/** An answer always names its reservation. It names the money only when the provider includes it. */
function isAbout(answer: unknown, asked: Partial<Money> & { reservationId: number }): boolean {
  const { reservationId, amount = asked.amount, currency = asked.currency } = fieldsOf(answer);
  if (reservationId !== asked.reservationId) return false;
  return asked.amount === undefined || (amount === asked.amount && currency === asked.currency);
}

type Known = Pick<GatewayPayment, 'providerId' | 'state' | 'reason'>;

function readState(answer: unknown): Known | undefined {
  const { providerId, state, reason: said } = fieldsOf(answer);
  if (!isProviderId(providerId) || !STATES.includes(state as State)) return undefined;
  const reason = readReason(said);
  return { providerId, state: state as State, ...(reason === undefined ? {} : { reason }) };
}
