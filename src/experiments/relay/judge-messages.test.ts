import { describe, expect, it } from 'vitest';

import { judgeMessages } from './judge-messages.js';

const read = (...indexes: number[]) => indexes.map((index) => ({ index, key: String(index % 2) }));

describe('judgeMessages', () => {
  it.each([
    ['all, those of a key in their order', read(1, 0, 3, 2), true, 'right'],
    ['one twice, which at least once allows', read(0, 1, 2, 0, 3), true, 'right, 1 twice'],
    ['one missing', read(0, 1, 2), false, '1 missing'],
    ['two of a key the wrong way round', read(2, 0, 1, 3), false, '1 out of order'],
    ['one that nobody sent', read(0, 1, 2, 3, 4), false, '1 that nobody sent'],
    ['one without a name', read(0, 1, 2, Number.NaN), false, '1 missing, 1 that nobody sent'],
  ])('finds %s', (_, messages, right, text) => {
    expect(judgeMessages(4, messages)).toEqual({ right, text });
  });
});
