import { describe, expect, it } from 'vitest';

import { describeRange, readRange } from './plan-range.js';

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

  it('are told with first, last and number', () => {
    expect(describeRange({ from: '2026-12-01', days: 31 })).toBe('2026-12-01 to 2026-12-31 (31 days)');
    expect(describeRange({ from: '2026-12-01', days: 1 })).toBe('2026-12-01');
  });
});
