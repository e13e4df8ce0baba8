import { expect, it } from 'vitest';

import { wrappingOf } from './connect-wrapping.js';
import { createMessage, decodeMessage, encodeMessage } from './message.js';

const SCHEMA = { type: 'string', optional: false };
const GOOD = createMessage({ id: 'm1', type: 'T', key: '1', aggregate: 'a', data: { reservationId: 1 } });
const HINT = /StringConverter/;

it.each([
  ['1', undefined],
  ['{1}', undefined],
  ['"', undefined],
  ['"1"', 'quotes'],
  [JSON.stringify({ schema: SCHEMA, payload: '1' }), 'an envelope'],
  ['{"schema":1,"payload":"1"}', undefined],
])('tells how %s is wrapped', (text, wrapping) => {
  expect(wrappingOf(text)).toBe(wrapping);
});

it.each([
  ['a key in quotes', { key: '"1"' }],
  ['a short key in an envelope', { key: JSON.stringify({ schema: SCHEMA, payload: '1' }) }],
  ['a value in an envelope', { value: JSON.stringify({ schema: SCHEMA, payload: '{"reservationId":1}' }) }],
  ['an id in quotes', { headers: { ...encodeMessage(GOOD).headers, id: '"m1"' } }],
])('refuses what a JsonConverter wrote, and says what to set: %s', (_what, wrong) => {
  const read = () => decodeMessage({ ...encodeMessage(GOOD), ...wrong });
  expect(read).toThrow(
    expect.objectContaining({ code: 'BAD_MESSAGE', hint: expect.stringMatching(HINT) as string }) as Error,
  );
});

it('takes data of which a part is called schema or payload', () => {
  for (const data of [{ schema: 'a', payload: 1 }, { schema: SCHEMA, payload: 1, more: 2 }, { payload: 1 }]) {
    expect(decodeMessage(encodeMessage({ ...GOOD, data })).data).toEqual(data);
  }
});
