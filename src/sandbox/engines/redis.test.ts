import { expect, test } from 'vitest';

import { redisEngine } from './redis.js';

test('Redis and Valkey tell their version; one too old to keep its command line, and another program, is no server', () => {
  expect(redisEngine.versionIn('Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64')).toBe('7.0.15');
  expect(redisEngine.versionIn('Redis server v=6.2.0 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64')).toBe('6.2.0');
  expect(redisEngine.versionIn('Valkey server v=8.1.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64')).toBe('8.1.1');
  expect(redisEngine.versionIn('Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1')).toBeUndefined();
  expect(redisEngine.versionIn('redis-cli 7.0.15')).toBeUndefined();
});
