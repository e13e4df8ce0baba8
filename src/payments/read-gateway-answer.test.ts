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
    const answer = { reservationId: 7, providerId: 'pay_1', state };
    expect(readApproval(answer, PAYMENT)?.kind).toBe(approval);
    expect(readCancellation(answer, PAYMENT)?.kind).toBe(cancellation);
  });

  it.each([
    null,
    [],
    'approved',
    {},
    { reservationId: 7, state: 'cancelled' },
    { reservationId: 7, providerId: 'pay_1', state: 'paid' },
    { reservationId: 7, providerId: 1, state: 'cancelled' },
    { providerId: 'pay_1', state: 'cancelled' },
    { reservationId: 8, providerId: 'pay_1', state: 'cancelled' },
    { reservationId: '7', providerId: 'pay_1', state: 'cancelled' },
  ])('is none without its fields: %j', (answer) => {
    expect(readApproval(answer, PAYMENT)).toBeUndefined();
    expect(readCancellation(answer, { reservationId: 7 })).toBeUndefined();
    expect(readPayment(answer, 7)).toBeUndefined();
  });

  it('is an approval only of the money that was asked for, where it says so', () => {
    expect(readApproval(PAYMENT, PAYMENT)?.kind).toBe('approved');
    expect(readApproval({ ...PAYMENT, amount: 4999 }, PAYMENT)).toBeUndefined();
    expect(readApproval({ ...PAYMENT, currency: 'EUR' }, PAYMENT)).toBeUndefined();
    expect(
      readCancellation({ ...PAYMENT, amount: 0, currency: 'XXX', state: 'cancelled' }, { reservationId: 7 }),
    ).toEqual({ kind: 'cancelled', providerId: 'pay_1' });
  });

  it('is a payment only with money, and of the reservation that was asked about', () => {
    expect(readPayment({ ...PAYMENT, more: 1 }, 7)).toStrictEqual(PAYMENT);
    expect(readPayment(PAYMENT, 8)).toBeUndefined();
    expect(readPayment({ ...PAYMENT, amount: '5000' }, 7)).toBeUndefined();
    expect(readPayment({ ...PAYMENT, currency: undefined }, 7)).toBeUndefined();
  });
});
