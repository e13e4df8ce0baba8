import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createMessage, decodeMessage, encodeMessage } from './message.js';

const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
/** A text in quotes is refused: a connector has wrapped it. */
const printable = fc.stringMatching(/^[!-~]{1,64}$/).filter((text) => !/^".*"$/.test(text));

describe('a message', () => {
  it('comes out of its encoding as it went in', () => {
    fc.assert(
      fc.property(
        fc.record({ id: printable, type: name, key: printable, aggregate: name, data: fc.jsonValue() }),
        fc.integer({ min: 1, max: 32_767 }),
        fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true }),
        (envelope, count, occurredAt) => {
          const message = createMessage({ ...envelope, schemaVersion: count, attempt: count, occurredAt });
          expect(decodeMessage(encodeMessage(message))).toEqual({
            ...message,
            data: JSON.parse(JSON.stringify(message.data)),
          });
        },
      ),
    );
  });

  it('is read as Debezium writes it: microseconds, its topic for its aggregate', () => {
    const headers = { id: '1', type: 'PaymentSucceeded', occurredAt: '1764086400123456', schemaVersion: '1' };
    expect(decodeMessage({ topic: 'payments', key: '7', value: '{"a":1}', headers })).toMatchObject({
      aggregate: 'payments',
      attempt: 1,
      data: { a: 1 },
      occurredAt: new Date('2025-11-25T16:00:00.123Z'),
    });
  });

  it.each([
    ['no id', { headers: { type: 'A' } }, /its id is ""/],
    ['no type', { headers: { id: '1' } }, /its type is ""/],
    ['a key with a space', { key: 'a b' }, /its key/],
    ['a version that is no number', { headers: { id: '1', type: 'A', schemaVersion: 'x' } }, /schema version is NaN/],
    ['an attempt of 0', { headers: { id: '1', type: 'A', attempt: '0' } }, /attempt is 0/],
    ['no instant', { headers: { id: '1', type: 'A', occurredAt: 'yesterday' } }, /no instant/],
    ['a value that is no JSON', { value: '{' }, /no JSON/],
  ])('with %s cannot be read, and says so', (_what, wrong, why) => {
    const wire = { topic: 't', key: 'k', value: '1', headers: { id: '1', type: 'A' }, ...wrong };
    expect(() => decodeMessage(wire as never)).toThrow(
      expect.objectContaining({ code: 'BAD_MESSAGE', retriable: false }),
    );
    expect(() => decodeMessage(wire as never)).toThrow(why);
  });

  it('loses a trace that cannot be read, and nothing else', () => {
    const wire = { topic: 't', key: 'k', value: '1', headers: { id: '1', type: 'A', traceparent: 'x' } };
    expect(decodeMessage(wire).traceparent).toBeUndefined();
  });
});
