import { describe, expect, it } from 'vitest';

import {
  chooseServer,
  describeRestaurants,
  parseCount,
  parseDuration,
  parseRestaurants,
  parseServer,
  parseWorkers,
} from './option-values.js';

describe('--restaurants', () => {
  it('takes ids, ranges and both', () => {
    expect(parseRestaurants('7')).toEqual([7]);
    expect(parseRestaurants('1,2,5-9')).toEqual([1, 2, 5, 6, 7, 8, 9]);
    expect(parseRestaurants('5 - 5'.replaceAll(' ', ''))).toEqual([5]);
  });

  it('keeps a single range as one, whatever its size', () => {
    expect(parseRestaurants('1-900000000')).toEqual({ from: 1, to: 900_000_000 });
  });

  it('names an id once that is written twice', () => {
    expect(parseRestaurants('3,1-3')).toEqual([3, 1, 2]);
  });

  it.each(['', ',', '1,', 'a', '1-', '-1', '0', '9-5', '1..3', '1-2-3', '1e3', '1,1-900000000'])(
    'refuses %j',
    (text) => {
      expect(() => parseRestaurants(text)).toThrowError(expect.objectContaining({ code: 'BAD_OPTION' }));
    },
  );

  it('is described in one way however it was written', () => {
    const texts = ['5-9,1,2', '1,2,5,6,7,8,9', '9,8,5-7,2,1,1'];
    expect(new Set(texts.map((text) => describeRestaurants(parseRestaurants(text))))).toEqual(new Set(['1-2,5-9']));
    expect(describeRestaurants(parseRestaurants('1-3'))).toBe(describeRestaurants(parseRestaurants('3,2,1')));
    expect(describeRestaurants(undefined)).toBe('all');
  });
});

describe('whole numbers', () => {
  it.each(['0', '-1', '1.5', 'x', '', ' 1', '1e3', '9007199254740993'])('refuses --workers %j', (text) => {
    expect(() => parseWorkers(text)).toThrowError(/--workers is/);
  });

  it('takes auto and numbers for --workers', () => {
    expect([parseWorkers('auto'), parseWorkers('12')]).toEqual(['auto', 12]);
  });

  it('takes the least value and refuses the one below', () => {
    expect(parseCount('--limit', 0)('0')).toBe(0);
    expect(() => parseCount('--batch-rows', 1)('0')).toThrowError(/must be a whole number of 1 or more/);
  });
});

describe('the server of the sandbox', () => {
  it('is the argument, else --engine, else not named', () => {
    expect(chooseServer(parseServer('redis'), {})).toBe('redis');
    expect(chooseServer(undefined, { engine: 'mysql' })).toBe('mysql');
    expect(chooseServer('mysql', { engine: 'mysql' })).toBe('mysql');
    expect(chooseServer(undefined, {})).toBeUndefined();
  });

  it('is refused when argument and --engine name two, or it is none', () => {
    expect(() => chooseServer('redis', { engine: 'mysql' })).toThrowError(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    );
    expect(() => parseServer('mongodb')).toThrowError(/no server 'mongodb'/);
  });
});

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['1s', 1000],
    ['1.5s', 1500],
    ['3m', 180_000],
    ['2h', 7_200_000],
  ])('%s are %d milliseconds', (text, ms) => {
    expect(parseDuration('--for')(text)).toBe(ms);
  });

  it.each(['', '1', '0s', '0.4ms', '-1s', '1 s', '1d', 's', '1e3s', '600h'])('refuses %j', (text) => {
    expect(() => parseDuration('--for')(text)).toThrowError(/--for is/);
  });

  it('takes the least one and refuses the one below', () => {
    expect(parseDuration('--interval', 200)('0.2s')).toBe(200);
    expect(() => parseDuration('--interval', 200)('199ms')).toThrowError(/--interval is '199ms'.* 200ms to/);
  });
});
