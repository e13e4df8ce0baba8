import { describe, expect, it } from 'vitest';

import { addDays, datesOf, isoWeekday, lastDateOf, parseMonth, rangeOf } from './calendar.js';

describe('rangeOf', () => {
  it('takes a month as all of its dates', () => {
    expect(rangeOf({ month: '2026-12' })).toEqual({ from: '2026-12-01', days: 31 });
    expect(rangeOf({ month: '2026-04' })).toEqual({ from: '2026-04-01', days: 30 });
  });

  it('knows which Februaries have 29 days', () => {
    const days = ['1900-02', '2000-02', '2024-02', '2026-02', '2100-02'].map((month) => parseMonth(month).days);
    expect(days).toEqual([28, 29, 29, 28, 28]);
  });

  it('includes the last date of from and to', () => {
    expect(rangeOf({ from: '2026-12-24', to: '2027-01-02' })).toEqual({ from: '2026-12-24', days: 10 });
    expect(rangeOf({ from: '2026-12-24', to: '2026-12-24' })).toEqual({ from: '2026-12-24', days: 1 });
  });

  it('takes from alone as one day and from with days as that many', () => {
    expect(rangeOf({ from: '2026-12-24' })).toEqual({ from: '2026-12-24', days: 1 });
    expect(rangeOf({ from: '2026-12-24', days: 3660 })).toEqual({ from: '2026-12-24', days: 3660 });
  });

  it.each([
    ['month 2026-13', { month: '2026-13' }, '"2026-13"'],
    ['month 2026-00', { month: '2026-00' }, '"2026-00"'],
    ['a month with a day', { month: '2026-12-01' }, '"2026-12-01"'],
    ['a month before DATE begins', { month: '0999-12' }, '"0999-12-01"'],
    ['a 30th of February', { from: '2026-02-30' }, '"2026-02-30"'],
    ['a 29th of February of no leap year', { from: '2026-02-01', to: '2026-02-29' }, '"2026-02-29"'],
    ['a date with a time', { from: '2026-02-01T00:00' }, '"2026-02-01T00:00"'],
    ['a date of one digit', { from: '2026-2-1' }, '"2026-2-1"'],
    ['from after to', { from: '2026-12-02', to: '2026-12-01' }, '2026-12-02 is after to 2026-12-01'],
    ['no days', { from: '2026-12-01', days: 0 }, 'days 0'],
    ['half a day', { from: '2026-12-01', days: 1.5 }, 'days 1.5'],
    ['too many days', { from: '2026-12-01', days: 3661 }, 'days 3661'],
    ['too long from and to', { from: '2026-12-01', to: '2046-12-01' }, 'days 7306'],
    ['dates past the year 9999', { from: '9999-12-31', days: 2 }, '9999-12-31'],
    ['to and days', { from: '2026-12-01', to: '2026-12-02', days: 2 }, 'both name the end'],
    ['month and from', { month: '2026-12', from: '2026-12-02' }, 'already names all dates'],
    ['nothing', {}, 'no dates'],
  ])('refuses %s with one line that names the value and a hint', (_, request, part) => {
    const refusal = refusalOf(() => rangeOf(request));
    expect(refusal).toMatchObject({
      code: 'BAD_RANGE',
      message: expect.stringContaining(part),
      hint: expect.any(String),
    });
    expect(refusal.message).not.toContain('\n');
  });
});

describe('dates', () => {
  it('follow one another over the ends of months and years', () => {
    expect(datesOf({ from: '2023-12-30', days: 4 })).toEqual(['2023-12-30', '2023-12-31', '2024-01-01', '2024-01-02']);
    expect(lastDateOf({ from: '2024-02-28', days: 2 })).toBe('2024-02-29');
    expect(addDays('2024-03-01', -1)).toBe('2024-02-29');
  });

  it('have the weekday of the calendar', () => {
    const dates = ['1969-12-29', '1970-01-01', '2000-02-29', '2011-12-30', '2026-11-22', '1000-01-01', '9999-12-31'];
    expect(dates.map(isoWeekday)).toEqual([1, 4, 2, 5, 7, 3, 5]);
  });

  it('end where a DATE ends', () => {
    expect(refusalOf(() => addDays('9999-12-31', 1))).toMatchObject({ code: 'BAD_RANGE' });
    expect(refusalOf(() => addDays('1000-01-01', -1))).toMatchObject({ code: 'BAD_RANGE' });
    expect(refusalOf(() => addDays('2026-01-01', -1e15))).toMatchObject({ code: 'BAD_RANGE' });
  });
});

function refusalOf(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was refused');
}
