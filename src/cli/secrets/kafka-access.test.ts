import { expect, it } from 'vitest';

import type { CommandContext } from '../command.js';
import { readKafkaAccess } from './kafka-access.js';
import type { KafkaSecurityOptions } from '../options/transport-options.js';

const brokers = '127.0.0.1:1, b:9092';
const context = { stop: { signal: new AbortController().signal } } as unknown as CommandContext;

it('brokers alone are an access without login and TLS', async () => {
  expect(await readKafkaAccess(context, { brokers })).toEqual({ brokers: ['127.0.0.1:1', 'b:9092'] });
});

it('--kafka-tls alone trusts the authorities of the system', async () => {
  expect(await readKafkaAccess(context, { brokers: 'b:1', kafkaTls: true })).toEqual({ brokers: ['b:1'], ssl: true });
});

it.each<[KafkaSecurityOptions, RegExp]>([
  [{ kafkaUser: 'a' }, /--kafka-user says nothing without --kafka-sasl/],
  [{ kafkaPasswordFile: '/dev/null' }, /--kafka-password-file says nothing without --kafka-sasl/],
  [{ kafkaSasl: 'plain' }, /--kafka-sasl says nothing without --kafka-user/],
  [{ kafkaSasl: 'plain', kafkaUser: 'a', kafkaPasswordFile: '/dev/null' }, /first line is empty/],
  [{ kafkaCert: '/dev/null' }, /--kafka-cert says nothing without --kafka-key/],
  [{ kafkaKey: '/dev/null' }, /--kafka-key says nothing without --kafka-cert/],
  [{ kafkaCa: '/does/not/exist' }, /--kafka-ca \/does\/not\/exist cannot be read: there is no such file/],
  [{ kafkaCa: '/' }, /--kafka-ca \/ cannot be read: it is a folder/],
  [{ kafkaCa: 'package.json' }, /--kafka-ca package\.json is no PEM file/],
])('%j is refused by name', async (options, message) => {
  await expect(readKafkaAccess(context, { ...options, brokers })).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: expect.stringMatching(message) as string,
  });
});
