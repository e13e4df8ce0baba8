import { expect, test } from 'vitest';

import { parseRedisGreeting } from './redis-greeting.js';

test('a greeting tells the version, of Valkey its own', () => {
  expect(parseRedisGreeting('+PONG\r\n$40\r\n# Server\r\nredis_version:7.0.15\r\nos:x\r\n\r\n+OK\r\n')).toBe('7.0.15');
  const valkey =
    '+PONG\r\n$60\r\n# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\n\r\n+OK\r\n';
  expect(parseRedisGreeting(valkey)).toBe('8.1.1-valkey');
});

test('the answer to a login stands before the greeting', () => {
  const greeting = '+PONG\r\n$40\r\n# Server\r\nredis_version:7.0.15\r\nos:x\r\n\r\n+OK\r\n';
  expect(parseRedisGreeting(`+OK\r\n${greeting}`)).toBe('7.0.15');
  expect(parseRedisGreeting(`-ERR AUTH <password> called without any password configured\r\n${greeting}`)).toBe(
    '7.0.15',
  );
  expect(parseRedisGreeting('-WRONGPASS invalid username-password pair\r\n-NOAUTH Authentication required.\r\n')).toBe(
    '',
  );
});

test('a server that wants a password is up but tells no version', () => {
  expect(parseRedisGreeting('-NOAUTH Authentication required.\r\n-NOAUTH Authentication required.\r\n+OK\r\n')).toBe(
    '',
  );
});

test('a server that still loads, another protocol and silence are no greeting', () => {
  expect(parseRedisGreeting('-LOADING Redis is loading the dataset in memory\r\n')).toBeUndefined();
  expect(parseRedisGreeting('HTTP/1.1 400 Bad Request\r\n')).toBeUndefined();
  expect(parseRedisGreeting('')).toBeUndefined();
});
