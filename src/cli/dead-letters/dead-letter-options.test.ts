import { describe, expect, it } from 'vitest';

import { filterOf, hasFilter, parseRedriveRate } from './dead-letter-options.js';

describe('parseRedriveRate', () => {
  it.each([
    ['100/s', 100],
    ['100', 100],
    ['.5/s', 0.5],
    ['30/m', 0.5],
    ['36/h', 0.01],
  ])('reads %s as %d letters a second', (text, rate) => {
    expect(parseRedriveRate(text)).toBeCloseTo(rate);
  });

  it.each(['', '0', '0/s', '-1', '1/d', '/s', '1e3', '10 /s', '2000000/s'])(
    'refuses %j and shows how it goes',
    (text) => {
      expect(() => parseRedriveRate(text)).toThrow(
        expect.objectContaining({ code: 'BAD_OPTION', hint: expect.any(String) }),
      );
    },
  );
});

describe('filterOf', () => {
  it('turns the time that is looked back into an instant', () => {
    expect(filterOf({ since: 60_000, group: '' }, 1_000_000)).toEqual({ group: '', since: new Date(940_000) });
  });

  it('counts the group without a name as a filter, and nothing as none', () => {
    expect([hasFilter({}), hasFilter({ group: '' }), hasFilter({ key: 'a' })]).toEqual([false, true, true]);
  });
});
