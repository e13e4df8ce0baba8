import { expect, it } from 'vitest';

import { parseKafkaUrl } from './kafka-url.js';

const login = (username: string, password: string) => ({ mechanism: 'plain', username, password });

it.each([
  ['127.0.0.1:9092', { brokers: ['127.0.0.1:9092'] }],
  ['a:1, b:2', { brokers: ['a:1', 'b:2'] }],
  ['kafka://a:1,b:2', { brokers: ['a:1', 'b:2'] }],
  ['kafka://me:secret@a:1', { brokers: ['a:1'], sasl: login('me', 'secret') }],
  ['kafka://me:secret@a:1,b:2/', { brokers: ['a:1', 'b:2'], sasl: login('me', 'secret') }],
  ['kafka://m%40e:p%40%2F%3A%25@a:1', { brokers: ['a:1'], sasl: login('m@e', 'p@/:%') }],
  ['kafka://me:a:b/c@a:1', { brokers: ['a:1'], sasl: login('me', 'a:b/c') }],
])('reads %s', (text, access) => {
  expect(parseKafkaUrl(text)).toEqual(access);
});

it.each([
  ['', /no host:port/],
  ['kafka', /no host:port/],
  ['kafka://', /no host:port/],
  ['kafka://me:secret@', /no host:port/],
  ['kafka://me:secret@a', /no host:port/],
  ['kafka://me:secret@a:1,kafka://me:secret@b:1', /no host:port|cannot be read/],
  ['a:1,kafka://me:secret@b:1', /no host:port/],
  ['me:secret@a:1', /no host:port/],
  ['kafka://me:secr@et@a:1', /cannot be read/],
  ['kafka://me:%secret@a:1', /cannot be read/],
  ['kafka://me@a:1', /cannot be read/],
  ['kafka://:secret@a:1', /cannot be read/],
  ['mysql://me:secret@a:1', /no host:port/],
])('refuses %j, and tells no password', (text, message) => {
  const refused = () => parseKafkaUrl(text);
  expect(refused).toThrow(expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringMatching(message) }));
  expect(refused).not.toThrow(/secr/);
});
