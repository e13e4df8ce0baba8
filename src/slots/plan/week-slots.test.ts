import { describe, expect, it } from 'vitest';

import type { OpeningInterval, OvernightRule, WeeklyHours } from './rules.js';
import { slotsOfWeekday } from './week-slots.js';

const MONDAY = 1;
const TUESDAY = 2;

describe('the slots of a weekday', () => {
  it('start at opening and every step after it, and end by closing', () => {
    expect(times({ monday: [{ opensAt: '09:30', closesAt: '12:00' }] }, MONDAY)).toEqual(['09:30', '10:30']);
    expect(times({ monday: [{ opensAt: '09:00', closesAt: '10:00', stepMinutes: 25 }] }, MONDAY)).toEqual([
      '09:00',
      '09:25',
    ]);
    expect(times({ monday: [{ opensAt: '09:00', closesAt: '09:59' }] }, MONDAY)).toEqual([]);
  });

  it('reach to midnight when closing at 24:00 or 00:00', () => {
    expect(times({ monday: [{ opensAt: '22:00', closesAt: '24:00' }] }, MONDAY)).toEqual(['22:00', '23:00']);
    expect(times({ monday: [{ opensAt: '22:00', closesAt: '00:00' }] }, MONDAY)).toEqual(['22:00', '23:00']);
    expect(times({ monday: [{ opensAt: '00:00', closesAt: '24:00' }] }, MONDAY)).toHaveLength(24);
    expect(times({ monday: [{ opensAt: '00:00', closesAt: '24:00', stepMinutes: 1440 }] }, MONDAY)).toEqual(['00:00']);
  });

  it('belong to the next weekday after midnight', () => {
    const monday = [{ opensAt: '22:30', closesAt: '02:00' }];
    expect(times({ monday }, MONDAY)).toEqual(['22:30', '23:30']);
    expect(times({ monday }, TUESDAY)).toEqual(['00:30']);
    expect(times({ sunday: [{ opensAt: '23:00', closesAt: '01:00' }] }, MONDAY)).toEqual(['00:00']);
  });

  it('end at 22:00 where closing before opening is clamped, and are none when opening is later', () => {
    const clamped = (opensAt: string): string[] =>
      times({ monday: [{ opensAt, closesAt: '02:00' }] }, MONDAY, 'clamp-to-22');
    expect(clamped('19:30')).toEqual(['19:30', '20:30']);
    expect(clamped('22:00')).toEqual([]);
    expect(clamped('23:00')).toEqual([]);
    expect(times({ monday: [{ opensAt: '19:30', closesAt: '02:00' }] }, TUESDAY, 'clamp-to-22')).toEqual([]);
  });

  it('leave closing times after 22:00 alone where nothing runs past midnight', () => {
    expect(times({ monday: [{ opensAt: '21:00', closesAt: '24:00' }] }, MONDAY, 'clamp-to-22')).toEqual([
      '21:00',
      '22:00',
      '23:00',
    ]);
  });

  it('count once where intervals overlap, with the capacity of the one listed first', () => {
    const monday = [
      { opensAt: '12:00', closesAt: '14:00', capacity: 5 },
      { opensAt: '11:00', closesAt: '13:00', capacity: 7 },
    ];
    expect(capacities({ monday }, MONDAY)).toEqual([
      ['11:00', 7],
      ['12:00', 5],
      ['13:00', 5],
    ]);
  });

  it('have the capacity of their own day where the night before reaches into it', () => {
    const week = {
      monday: [{ opensAt: '22:00', closesAt: '03:00', capacity: 1 }],
      tuesday: [{ opensAt: '01:00', closesAt: '02:00' }],
    };
    expect(capacities(week, TUESDAY)).toEqual([
      ['00:00', 1],
      ['01:00', null],
      ['02:00', 1],
    ]);
  });

  it('are told apart by the rule for the night, also when asked for both in turn', () => {
    const monday = [{ opensAt: '20:00', closesAt: '01:00' }];
    const week = weekOf({ monday });
    const count = (overnight: OvernightRule): number => slotsOfWeekday(week, MONDAY, overnight).length;
    expect([count('next-day'), count('clamp-to-22'), count('next-day')]).toEqual([4, 2, 4]);
  });
});

interface SomeDays {
  monday?: OpeningInterval[];
  tuesday?: OpeningInterval[];
  sunday?: OpeningInterval[];
}

function weekOf({ monday = [], tuesday = [], sunday = [] }: SomeDays): WeeklyHours {
  return [monday, tuesday, [], [], [], [], sunday];
}

function times(days: SomeDays, weekday: number, overnight: OvernightRule = 'next-day'): string[] {
  return slotsOfWeekday(weekOf(days), weekday, overnight).map(({ time }) => time);
}

function capacities(days: SomeDays, weekday: number): [string, number | null][] {
  return slotsOfWeekday(weekOf(days), weekday, 'next-day').map(({ time, capacity }) => [time, capacity]);
}
