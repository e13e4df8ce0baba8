import { describe, expect, it } from 'vitest';

import { wallTimeToInstant } from './wall-time.js';

const iso = (date: string, time: string, zone: string) => new Date(wallTimeToInstant(date, time, zone)).toISOString();

describe('wallTimeToInstant', () => {
  it('reads a wall time by the zone of its restaurant', () => {
    expect(iso('2026-12-24', '19:00', 'Asia/Seoul')).toBe('2026-12-24T10:00:00.000Z');
    expect(iso('2026-12-24', '19:00:30', 'UTC')).toBe('2026-12-24T19:00:30.000Z');
    expect(iso('2026-07-01', '00:30', 'America/New_York')).toBe('2026-07-01T04:30:00.000Z');
    expect(iso('2026-07-01', '00:30', 'Asia/Kathmandu')).toBe('2026-06-30T18:45:00.000Z');
  });

  it('takes the first of a time that comes twice, and moves one that is skipped on', () => {
    expect(iso('2026-10-25', '02:30', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
    expect(iso('2026-03-29', '02:30', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
    expect(iso('2026-03-29', '03:30', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
  });

  it('refuses a zone that does not exist', () => {
    expect(() => wallTimeToInstant('2026-12-24', '19:00', 'Mars/Olympus')).toThrow(RangeError);
  });
});
