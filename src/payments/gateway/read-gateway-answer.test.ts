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
    const answer = { ...PAYMENT, state };
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

  it('is an approval of the money that it names, and none without', () => {
    expect(readApproval(PAYMENT, PAYMENT)).toMatchObject({ kind: 'approved', amount: 5000, currency: 'KRW' });
    expect(readApproval({ ...PAYMENT, amount: 4999 }, PAYMENT)).toMatchObject({ kind: 'approved', amount: 4999 });
    expect(readApproval({ ...PAYMENT, currency: 'EUR' }, PAYMENT)).toMatchObject({ currency: 'EUR' });
    for (const wrong of [{ amount: undefined }, { amount: '5000' }, { amount: -1 }, { currency: 'krw' }])
      expect(readApproval({ ...PAYMENT, ...wrong }, PAYMENT)).toBeUndefined();
    expect(readApproval({ ...PAYMENT, amount: 4999, state: 'declined' }, PAYMENT)).toBeUndefined();
    const none = { amount: 0, currency: 'XXX' };
    const cancelled = readCancellation({ ...PAYMENT, ...none, state: 'cancelled' }, { reservationId: 7 });
    expect(cancelled).toEqual({ kind: 'cancelled', providerId: 'pay_1', ...none });
  });

  it('is a payment only with money, and of the reservation that was asked about', () => {
    expect(readPayment({ ...PAYMENT, more: 1 }, 7)).toStrictEqual(PAYMENT);
    expect(readPayment(PAYMENT, 8)).toBeUndefined();
    expect(readPayment({ ...PAYMENT, amount: '5000' }, 7)).toBeUndefined();
    expect(readPayment({ ...PAYMENT, currency: undefined }, 7)).toBeUndefined();
  });
});
