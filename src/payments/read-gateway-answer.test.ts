import { describe, expect, it } from 'vitest';

import { readApproval, readCancellation, readPayment } from './read-gateway-answer.js';

const PAYMENT = { reservationId: 7, providerId: 'pay_1', amount: 5000, currency: 'KRW', state: 'approved' };

describe("a provider's answer", () => {
  it.each([
    ['pending', 'pending', 'pending'],
    ['approved', 'approved', undefined],
    ['declined', 'declined', 'cancelled'],
    ['cancelling', 'pending', 'pending'],
    ['cancelled', 'declined', 'cancelled'],
    ['cancel-refused', 'approved', 'refused'],
  ])('%s is %s to who asked for the money and %s to who asked for it back', (state, approval, cancellation) => {
    expect(readApproval({ providerId: 'pay_1', state })?.kind).toBe(approval);
    expect(readCancellation({ providerId: 'pay_1', state })?.kind).toBe(cancellation);
  });

  it.each([
    null,
    [],
    'approved',
    {},
    { state: 'approved' },
    { providerId: 'pay_1', state: 'paid' },
    { providerId: 1, state: 'approved' },
  ])('is none without its fields: %j', (answer) => {
    expect(readApproval(answer)).toBeUndefined();
    expect(readCancellation(answer)).toBeUndefined();
    expect(readPayment(answer, 7)).toBeUndefined();
  });

  it('is a payment only with money, and of the reservation that was asked about', () => {
    expect(readPayment({ ...PAYMENT, more: 1 }, 7)).toStrictEqual(PAYMENT);
    expect(readPayment(PAYMENT, 8)).toBeUndefined();
    expect(readPayment({ ...PAYMENT, amount: '5000' }, 7)).toBeUndefined();
    expect(readPayment({ ...PAYMENT, currency: undefined }, 7)).toBeUndefined();
  });
});
