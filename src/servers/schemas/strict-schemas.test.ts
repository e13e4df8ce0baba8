import { describe, expect, it } from 'vitest';

import { idSchema, objectSchema } from './json-schemas.js';
import { strictSchemas } from './strict-schemas.js';

const schema = objectSchema({ memberId: idSchema });

function read(memberId: unknown, httpPart: string) {
  const validate = strictSchemas({ schema, method: 'GET', url: '/', httpPart });
  const parts = { memberId };
  const result = validate(parts) as true | { error: unknown };
  return result === true ? parts.memberId : undefined;
}

describe('a number in the address of a request', () => {
  it.each([
    ['7', 7],
    ['7.0', 7],
    ['2000.000', 2000],
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740991.0', 9_007_199_254_740_991],
  ])('is whole, also with a fraction of zeros: %s', (text, number) => {
    for (const part of ['querystring', 'params']) expect(read(text, part)).toBe(number);
  });

  it.each([
    '',
    ' 1',
    '1 ',
    '+1',
    '-1',
    '0',
    '0.0',
    '01',
    '01.0',
    '1.',
    '.0',
    '1.5',
    '1.01',
    '1.0.0',
    '1.0000000000',
    '1e3',
    '1e400',
    '0x10',
    'Infinity',
    'NaN',
    'null',
    '1\n',
    '1,0',
    '\u0661',
    '9007199254740992',
    '9007199254740992.0',
    '99999999999999999',
  ])('is nothing else: %j', (text) => {
    for (const part of ['querystring', 'params']) expect(read(text, part)).toBeUndefined();
  });

  it('is named once', () => {
    expect(read(['7', '8'], 'querystring')).toBeUndefined();
  });

  it('is no text in a body', () => {
    expect(read('7', 'body')).toBeUndefined();
    expect(read(7, 'body')).toBe(7);
  });
});
