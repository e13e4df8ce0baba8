import { describe, expect, it } from 'vitest';

import { checkChoice, checkInteger } from './check-option.js';

describe('checkInteger', () => {
  it('gives back whole numbers from the least to the most', () => {
    expect([1, 2, 9].map((value) => checkInteger('n', value, { min: 1, max: 9 }))).toEqual([1, 2, 9]);
    expect(checkInteger('n', Number.MAX_SAFE_INTEGER, { min: 0 })).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each([0, 10, 1.5, -1, NaN, Infinity, '3' as unknown as number])('refuses %s by name', (value) => {
    expect(() => checkInteger('n', value, { min: 1, max: 9 })).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTION',
        message: `n is ${value}, but must be a whole number of 1 or more`,
      }),
    );
  });

  it('refuses a number that is not exact, and says what the caller wants said', () => {
    expect(() => checkInteger('n', 2 ** 53, { min: 1, message: 'too many', hint: 'fewer' })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: 'too many', hint: 'fewer' }),
    );
  });
});

it('checkChoice takes what is there, and else shows what there is', () => {
  expect(() => checkChoice('by', 'day', ['day', 'week'])).not.toThrow();
  expect(() => checkChoice('by', 'year', ['day', 'week'])).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: 'by is "year"', hint: 'choose from day, week' }),
  );
});
