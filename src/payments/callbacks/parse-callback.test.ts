import { describe, expect, it } from 'vitest';

import { parseCallback } from './parse-callback.js';

const MONEY = { amount: 20_000, currency: 'KRW' };
const GOOD = { reservationId: 7, providerId: 'pay_1', ...MONEY, kind: 'payment', state: 'approved' };

describe('a callback', () => {
  it.each([
    GOOD,
    { ...GOOD, state: 'declined', reason: 'the card was refused' },
    { ...GOOD, kind: 'refund', state: 'cancelled' },
    { ...GOOD, kind: 'refund', state: 'cancel-refused', reason: 'too late' },
  ])('is read as it was sent: $kind $state', (callback) => {
    expect(parseCallback(JSON.stringify(callback))).toStrictEqual(callback);
  });

  it('may have a byte order mark in front, but one alone', () => {
    expect(parseCallback(`\uFEFF${JSON.stringify(GOOD)}`)).toStrictEqual(GOOD);
    expect(() => parseCallback(`\uFEFF\uFEFF${JSON.stringify(GOOD)}`)).toThrow(/is no JSON/);
  });

  it('loses fields of other names, an empty reason, and what is too long for the table', () => {
    expect(parseCallback(JSON.stringify({ ...GOOD, fee: 1, reason: '' }))).toStrictEqual(GOOD);
    const long = { ...GOOD, state: 'declined', reason: 'x'.repeat(300) };
    expect(parseCallback(JSON.stringify(long)).reason).toBe('x'.repeat(255));
  });

  it.each([
    ['an empty body', ''],
    ['half a body', '{"reservationId":7'],
    ['null', 'null'],
    ['a list', JSON.stringify([GOOD])],
    ['text', '"approved"'],
    ['no reservation', JSON.stringify({ ...GOOD, reservationId: undefined })],
    ['a reservation as text', JSON.stringify({ ...GOOD, reservationId: '7' })],
    ['reservation 0', JSON.stringify({ ...GOOD, reservationId: 0 })],
    ['a reservation too large to be exact', JSON.stringify({ ...GOOD, reservationId: 2 ** 53 })],
    ['no provider id', JSON.stringify({ ...GOOD, providerId: '' })],
    ['a provider id too long for the table', JSON.stringify({ ...GOOD, providerId: 'x'.repeat(65) })],
    ['a provider id with a space', JSON.stringify({ ...GOOD, providerId: 'pay 1' })],
    ['no amount', JSON.stringify({ ...GOOD, amount: undefined })],
    ['an amount as text', JSON.stringify({ ...GOOD, amount: '20000' })],
    ['less than nothing', JSON.stringify({ ...GOOD, amount: -20_000 })],
    ['a part of the smallest unit', JSON.stringify({ ...GOOD, amount: 0.5 })],
    ['an amount too large to be exact', JSON.stringify({ ...GOOD, amount: 2 ** 53 })],
    ['no currency', JSON.stringify({ ...GOOD, currency: null })],
    ['a currency in small letters', JSON.stringify({ ...GOOD, currency: 'krw' })],
    ['a reason that is no text', JSON.stringify({ ...GOOD, reason: 7 })],
    ['another kind', JSON.stringify({ ...GOOD, kind: 'charge' })],
    ['a state that is no end', JSON.stringify({ ...GOOD, state: 'pending' })],
    ["a refund with a payment's state", JSON.stringify({ ...GOOD, kind: 'refund' })],
  ])('is refused: %s', (_what, body) => {
    expect(() => parseCallback(body)).toThrow(expect.objectContaining({ code: 'BAD_MESSAGE' }));
  });
});
