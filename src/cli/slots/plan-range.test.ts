import { describe, expect, it } from 'vitest';

import { describeDefaultRange, describeRange, readRange } from './plan-range.js';

const overnight = 'next-day' as const;

describe('the dates of a command', () => {
  it('are those of the next calendar month in UTC when none are named', () => {
    const lateInDecember = new Date('2026-12-31T23:30:00Z');
    expect(readRange({ overnight }, lateInDecember)).toEqual({ from: '2027-01-01', days: 31 });
    expect(readRange({ overnight }, new Date('2027-01-31T12:00:00Z'))).toEqual({ from: '2027-02-01', days: 28 });
  });

  it.each([{ to: '2026-12-03' }, { days: 3 }])('need a first one beside %j', (options) => {
    const read = () => readRange({ overnight, ...options }, new Date());
    expect(read).toThrowError(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('--from') }),
    );
  });

  it.each([
    ['2026-11-10', undefined, 'next month, 2026-12-01 to 2026-12-31 (31 days)'],
    ['2026-11-10', true, 'the first 30 of the 31 days of next month, 2026-12-01 to 2026-12-30 (30 days)'],
    ['2026-10-10', true, 'next month, 2026-11-01 to 2026-11-30 (30 days)'],
    ['2027-01-10', true, "next month and 2 more, a demo's 30 days, 2027-02-01 to 2027-03-02 (30 days)"],
  ])('of a command on %s (demo: %s) are told as what they are when none are named', (now, demo, told) => {
    expect(describeDefaultRange(readRange({ overnight, demo }, new Date(now)))).toBe(told);
  });

  it('are told with first, last and number', () => {
    expect(describeRange({ from: '2026-12-01', days: 31 })).toBe('2026-12-01 to 2026-12-31 (31 days)');
    expect(describeRange({ from: '2026-12-01', days: 1 })).toBe('2026-12-01');
  });
});
