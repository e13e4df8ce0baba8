import { describe, expect, it } from 'vitest';

import { valueById } from './write-changes.js';

describe('valueById', () => {
  it('is the value itself when all have the same', () => {
    expect(
      valueById('id', [
        [1, 'a'],
        [2, 'a'],
      ]),
    ).toEqual({ sql: '?', values: ['a'] });
  });

  it('names the ids of each value otherwise', () => {
    const values = [
      [1, 'a'],
      [2, null],
      [3, 'a'],
    ] as const;
    expect(valueById('id', values)).toEqual({
      sql: 'CASE WHEN id IN (?, ?) THEN ? WHEN id IN (?) THEN ? END',
      values: [1, 3, 'a', 2, null],
    });
  });
});
