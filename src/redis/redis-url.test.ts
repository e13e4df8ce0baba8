import { expect, test } from 'vitest';

import { describeRedis, parseRedisUrl } from './redis-url.js';

test('a URL is taken apart, with defaults for what it does not say', () => {
  expect(parseRedisUrl('redis://cache.example')).toEqual({
    tls: false,
    host: 'cache.example',
    port: 6379,
    user: undefined,
    password: undefined,
    database: 0,
  });
  expect(parseRedisUrl('rediss://app:p%40ss@[::1]:7000/3')).toEqual({
    tls: true,
    host: '::1',
    port: 7000,
    user: 'app',
    password: 'p@ss',
    database: 3,
  });
});

test('it is told without user and password', () => {
  expect(describeRedis(parseRedisUrl('rediss://app:secret@[::1]:7000/3'))).toBe('rediss://[::1]:7000/3');
  expect(describeRedis(parseRedisUrl('redis://:secret@cache.example'))).toBe('redis://cache.example:6379');
});

test.each([
  'cache.example:6379',
  'mysql://root:secret@db.example/x',
  'redis://',
  'redis://:secret@',
  'redis://:secret@h:0',
  'redis://:secret@h:99999',
  'redis://:sec%ret@h',
  'redis://:secret/x@h',
  'redis://:secret@h/x',
  'redis://:sec?ret@h',
  'redis://h?password=secret',
  'redis://h/1#secret',
])('%j is refused without a word of it', (url) => {
  let error: unknown;
  try {
    parseRedisUrl(url);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ code: 'BAD_URL' });
  expect(String((error as Error).stack)).not.toMatch(/secret|sec%ret|sec\?ret/);
});
