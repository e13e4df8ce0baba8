import { expect, test } from 'vitest';

import { parseCounts, parseNames, parseRate, parseShare, parseSweep } from './bench-values.js';

const refused: unknown = expect.objectContaining({ code: 'BAD_OPTION' });

test('lists have commas between their values, and blanks around them do no harm', () => {
  expect(parseNames('atomic, ./mine.mjs')).toEqual(['atomic', './mine.mjs']);
  expect(parseCounts('--processes')('1, 4')).toEqual([1, 4]);
  for (const text of ['', '0', '1,,2', '1,1', '2.5']) expect(() => parseCounts('--processes')(text)).toThrow(refused);
});

test('a share lies between 0 and 1, a rate above 0', () => {
  expect(['0', '.5', '0.9', '1'].map(parseShare('--hot-share'))).toEqual([0, 0.5, 0.9, 1]);
  for (const text of ['1.1', '-0.1', '50%', '', '1e-1']) expect(() => parseShare('--hot-share')(text)).toThrow(refused);
  expect(parseRate('--rate')('0.5')).toBe(0.5);
  for (const text of ['0', '-1', '1e9', 'fast']) expect(() => parseRate('--rate')(text)).toThrow(refused);
});

test('a sweep names what is swept and its values, each once and in range', () => {
  expect(parseSweep('clients=1,10,100')).toEqual({ parameter: 'clients', values: [1, 10, 100] });
  expect(parseSweep('hot-share=0,0.5,1')).toEqual({ parameter: 'hot-share', values: [0, 0.5, 1] });
  for (const text of ['clients', 'clients=', 'clients=0', 'clients=1,1', 'slots=1,2', 'pool=1=2', 'hot-share=2'])
    expect(() => parseSweep(text)).toThrow(refused);
});
