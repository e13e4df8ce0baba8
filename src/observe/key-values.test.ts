import { describe, expect, it } from 'vitest';

import { showValue, splitLockData, toDate, toInteger, toText, toTime } from './key-values.js';

describe('lock_data', () => {
  it.each([
    ['12', ['12']],
    ['2, 1037720, 0x8173C0, 13', ['2', '1037720', '0x8173C0', '13']],
    ['12, NULL, 5', ['12', 'NULL', '5']],
    ["'abc', 11", ["'abc'", '11']],
    ["'a''b, c', 11", ["'a''b, c'", '11']],
    ["'', 11", ["''", '11']],
    ['', []],
  ])('%j has the fields %j', (text, fields) => {
    expect(splitLockData(text)).toEqual(fields);
  });
});

describe('a field', () => {
  it.each([
    ['12', 12],
    ['-3', -3],
    ['0x800000000000000C', 12],
    ['0x000000000000000C', 12],
    ['NULL', undefined],
    ["'12'", undefined],
  ])('%s is the number %s', (value, number) => {
    expect(toInteger(value)).toBe(number);
  });

  it.each([
    ['1037720', '2026-12-24'],
    ['0x8FD598', '2026-12-24'],
    ['0x8FD581', '2026-12-01'],
    ['NULL', undefined],
  ])('%s is the date %s', (value, date) => {
    expect(toDate(value)).toBe(date);
  });

  it.each([
    ['0x8173C0', '23:15'],
    ['0x800000', '00:00'],
    ['0x8000000000', '00:00'],
    ["'18:30'", '18:30'],
    ['NULL', undefined],
  ])('%s is the time %s', (value, time) => {
    expect(toTime(value)).toBe(time);
  });

  it.each([
    ["'a''b'", "a'b"],
    ['0x6B3737', 'k77'],
    ['12', undefined],
  ])('%s is the text %s', (value, text) => {
    expect(toText(value)).toBe(text);
  });

  it.each([
    ['0x800000000000000C', '12'],
    ['0x8000000C', '12'],
    ['0x6B3737', "'k77'"],
    ['0x8173C0', '0x8173C0'],
    ['NULL', 'NULL'],
  ])('%s is shown as %s', (value, shown) => {
    expect(showValue(value)).toBe(shown);
  });
});
