import { expect, test } from 'vitest';

import { parseGreeting } from './handshake.js';

function packet(payload: string): Buffer {
  return Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), Buffer.from(payload, 'latin1')]);
}

test('a greeting tells the version, without the prefix MariaDB adds for old replicas', () => {
  expect(parseGreeting(packet('\x0a9.7.0\x00rest'))).toBe('9.7.0');
  expect(parseGreeting(packet('\x0a5.5.5-10.11.14-MariaDB\x00rest'))).toBe('10.11.14-MariaDB');
  expect(parseGreeting(packet('\x0a11.8.2-MariaDB\x00rest'))).toBe('11.8.2-MariaDB');
});

test('a server that refuses is up but tells no version', () => {
  expect(parseGreeting(packet('\xff\x10\x04Too many connections'))).toBe('');
});

test('another protocol and a version without an end are no greeting', () => {
  expect(parseGreeting(packet('HTTP/1.1 400 Bad Request\x00'))).toBeUndefined();
  expect(parseGreeting(packet('\x0a9.7.0'))).toBeUndefined();
});
