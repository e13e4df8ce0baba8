import { describe, expect, it } from 'vitest';

import { valueById } from './value-by-id.js';

describe('valueById', () => {
  it('is the value when all have the same, or when there is one', () => {
    const same = valueById('id', [
      [1, 'CONFIRMED'],
      [2, 'CONFIRMED'],
    ]);
    expect(same).toEqual({ sql: '?', values: ['CONFIRMED'] });
    expect(valueById('id', [[7, null]])).toEqual({ sql: '?', values: [null] });
  });

  it('finds the value of each id by its place', () => {
    const values = [
      [3, 'a'],
      [1, null],
      [2, 'a'],
    ] as const;
    expect(valueById('id', values)).toEqual({
      sql: 'ELT(FIELD(id, ?, ?, ?), ?, ?, ?)',
      values: [3, 1, 2, 'a', null, 'a'],
    });
  });
});
