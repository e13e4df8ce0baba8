import { describe, expect, it } from 'vitest';

import { formatCount, formatFields, formatPercent, formatQuantity, formatSeconds, formatTable } from './format.js';

describe('numbers for people', () => {
  it('separates thousands', () => {
    expect(formatCount(4_987_200)).toBe('4,987,200');
  });

  it('gives seconds in the unit a person would use', () => {
    expect([0.416, 9.994, 14.4, 59.7, 200, 3900, Infinity].map(formatSeconds)).toEqual([
      '0.42 s',
      '9.99 s',
      '14 s',
      '1 min 00 s',
      '3 min 20 s',
      '1 h 05 min',
      '?',
    ]);
  });

  it('says 100.0 percent only when all of it is done', () => {
    expect(formatPercent(4_987_199, 4_987_200)).toBe('99.9');
    expect(formatPercent(4_987_200, 4_987_200)).toBe('100.0');
    expect(formatPercent(0, 0)).toBe('100.0');
  });

  it('uses the plural for anything but one', () => {
    expect([0, 1, 2].map((value) => formatQuantity(value, 'chunk'))).toEqual(['0 chunks', '1 chunk', '2 chunks']);
  });
});

describe('columns', () => {
  it('puts numbers to the right and words to the left', () => {
    const rows = [
      ['mon', '1,000'],
      ['tuesday', '7'],
    ];
    expect(formatTable(['day', 'slots'], rows)).toEqual(['day      slots', 'mon      1,000', 'tuesday      7']);
  });

  it('prints the heading of an empty table', () => {
    expect(formatTable(['day', 'slots'], [])).toEqual(['day  slots']);
  });

  it('aligns the values of fields', () => {
    expect(
      formatFields([
        ['run', '1'],
        ['planned', '2'],
      ]),
    ).toEqual(['run      1', 'planned  2']);
  });
});
