import { expect, test } from 'vitest';

import { formatCount, formatFigure, formatGoal, formatSeconds, formatShare } from './format-numbers.js';

test('counts have commas between thousands', () => {
  expect([0, 999, 1000, 4987200, 1234.6].map(formatCount)).toEqual(['0', '999', '1,000', '4,987,200', '1,235']);
});

test('times grow from seconds to minutes to hours', () => {
  expect([0.123, 22.36, 119.94, 150, 7260].map(formatSeconds)).toEqual([
    '0.12 s',
    '22.4 s',
    '119.9 s',
    '2.5 min',
    '2 h 1 min',
  ]);
});

test('figures and goals are written in their unit', () => {
  expect(formatFigure(4.512, 'times')).toBe('4.51 ×');
  expect(formatFigure(61.23, 'times')).toBe('61.2 ×');
  expect(formatFigure(187_400_000, 'bytes')).toBe('187 MB');
  expect(formatShare(-0.0123)).toBe('-1.2 %');
  expect(formatGoal({ atMost: 0.05 }, 'share')).toBe('at most 5.0 %');
  expect(formatGoal({ atLeast: 4.5 }, 'times')).toBe('at least 4.50 ×');
});
