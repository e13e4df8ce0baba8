import { connect, migrate } from 'tablepick/database';
import { type KafkaAccess, createKafkaTransport } from 'tablepick/messaging';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { say, withMessagingCli } from './support/messaging-cli.js';
import { expectOneClearLine, jsonOf, runCli, startCli } from './support/run-cli.js';
import { type SecureKafka, kafkaUser, startSecureKafka } from './support/secure-kafka.js';
import { createTestDatabase, testServer } from './support/servers.js';
import { withSlotScene } from './support/slot-scene.js';

let kafka: SecureKafka;

beforeAll(async () => {
  kafka = await startSecureKafka();
});

afterAll(() => kafka.stop());

type Words = () => string[];

const login = (mechanism: string): string[] => [
  '--kafka-sasl',
  mechanism,
  '--kafka-user',
  kafkaUser.name,
  '--kafka-password-file',
  kafka.passwordFile,
];

const ways: [string, Words][] = [
  ['PLAIN', () => ['--brokers', kafka.sasl, ...login('plain')]],
  [
    'SCRAM-SHA-512 over TLS',
    () => ['--brokers', kafka.saslTls, ...login('scram-sha-512'), '--kafka-ca', kafka.files.ca],
  ],
  [
    'a certificate of the client',
    () => {
      const { ca, cert, key } = kafka.files;
      return ['--brokers', kafka.mutualTls, '--kafka-ca', ca, '--kafka-cert', cert, '--kafka-key', key];
    },
  ],
];

describe('a Kafka that asks who comes', () => {
  it.each(ways)('is let in with %s by relay and consume', async (way, words) => {
    await withMessagingCli(async ({ run, reservation }) => {
      const key = `k-${ways.findIndex(([name]) => name === way)}`;
      await say(reservation, { type: 'PaymentRequested', key, aggregate: 'payments', data: { way } });
      const sent = await run('outbox', 'relay', '--once', '--service', 'reservation', ...words());
      expect([sent.code, sent.stdout], sent.stderr).toEqual([0, 'reservation: 1 message sent\n']);
      const heard = await run('consume', 'payments', '--key', key, '--limit', '1', ...words());
      expect(heard.code, heard.stderr).toBe(0);
      expect(jsonOf(heard)).toMatchObject({ key, data: { way } });
      expect(sent.stderr + heard.stderr).not.toContain(kafkaUser.password);
    });
  });

  it('is let in by workers and whoever hands out chunks', async () => {
    await withSlotScene(testServer('mysql'), 4, async (scene) => {
      const env = { TABLEPICK_DATABASE_URL: scene.url, TABLEPICK_KAFKA_PASSWORD: kafkaUser.password };
      const words = ['--brokers', kafka.saslTls, '--kafka-sasl', 'plain', '--kafka-user', kafkaUser.name];
      const all = [...words, '--kafka-ca', kafka.files.ca];
      const worker = startCli(['generate-slots', '--worker', ...all], env);
      await worker.said(/ready for chunks/);
      const plan = ['--from', scene.range.from, '--days', String(scene.range.days), '--json'];
      const result = await runCli(['generate-slots', '--distribute', ...plan, ...all], env);
      expect(result.code, result.stderr).toBe(0);
      expect(jsonOf(result)).toMatchObject({ verified: true });
      worker.child.kill('SIGINT');
      await worker.ended;
    });
  });

  it('leaves what it is handed as it was, so that it can be sent to other processes', async () => {
    const { name: username, password } = kafkaUser;
    const access: KafkaAccess = { brokers: [kafka.sasl], sasl: { mechanism: 'scram-sha-512', username, password } };
    const transport = createKafkaTransport(access);
    await transport.createTopics([{ topic: 'untouched', partitions: 1 }]);
    await transport.close();
    expect(structuredClone(access)).toEqual({
      brokers: [kafka.sasl],
      sasl: { mechanism: 'scram-sha-512', username, password },
    });
  });
});

describe('a Kafka that does not let in', () => {
  it.each<[string, Words, number, RegExp, RegExp]>([
    [
      'a wrong password',
      () => ['--brokers', kafka.sasl, '--kafka-sasl', 'scram-sha-256', '--kafka-user', kafkaUser.name],
      1,
      /authentication failed/i,
      /sasl/,
    ],
    ['nobody without a login', () => ['--brokers', kafka.sasl], 1, /Closed connection/, /--kafka-sasl/],
    [
      'a client that does not know its authority',
      () => ['--brokers', kafka.saslTls, ...login('plain'), '--kafka-tls'],
      1,
      /certificate/,
      /--kafka-ca/,
    ],
    [
      'a client that trusts another authority',
      () => ['--brokers', kafka.saslTls, ...login('plain'), '--kafka-ca', kafka.files.otherCa],
      1,
      /certificate/,
      /--kafka-ca/,
    ],
    [
      'a client without a certificate',
      () => ['--brokers', kafka.mutualTls, '--kafka-ca', kafka.files.ca],
      1,
      /certificate/,
      /--kafka-cert/,
    ],
    ['TLS where none is spoken', () => ['--brokers', kafka.sasl, '--kafka-tls'], 1, /TLS/, /--kafka-tls/],
  ])('%s: one clear line', async (_what, words, code, message, hint) => {
    const result = await runCli(['outbox', 'relay', '--once', '--service', 'reservation', ...words()], {
      TABLEPICK_DATABASE_URL: database.url,
      TABLEPICK_KAFKA_PASSWORD: 'battery staple',
    });
    expectOneClearLine(result, code, message);
    expect(result.stderr).toMatch(new RegExp(`hint: .*${hint.source}`));
    expect(result.stderr).not.toContain('battery staple');
  });
});

let database: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  database = await createTestDatabase(testServer('mysql'));
  const handle = await connect({ url: database.url, poolSize: 2 });
  await migrate(handle);
  await handle.close();
});

afterAll(() => database.drop());

describe('options that do not go together', () => {
  const brokers = ['--brokers', '127.0.0.1:1'];
  it.each<[string[], RegExp]>([
    [[...brokers, '--kafka-sasl', 'gssapi'], /--kafka-sasl.*gssapi/],
    [[...brokers, '--kafka-sasl', 'plain', '--kafka-user', 'a'], /--kafka-sasl says nothing without a password/],
    [['--kafka-tls'], /--kafka-tls needs the brokers of a Kafka.*the database would carry/],
    [['--transport', 'kafka', '--kafka-sasl', 'plain'], /--kafka-sasl needs the brokers.*the sandbox would serve/],
    [[...brokers, '--transport', 'database', '--kafka-user', 'a'], /--kafka-user needs the brokers/],
  ])('%j', async (words, message) => {
    const env = { TABLEPICK_DATABASE_URL: database.url };
    expectOneClearLine(await runCli(['consume', 'payments', ...words], env), 2, message);
  });

  it('a certificate and the key of another', async () => {
    const { ca, key } = kafka.files;
    const words = ['--brokers', kafka.mutualTls, '--kafka-cert', ca, '--kafka-key', key];
    const env = { TABLEPICK_DATABASE_URL: database.url };
    const result = await runCli(['consume', 'payments', ...words], env);
    expectOneClearLine(result, 2, /--kafka-cert .*with its key cannot be used: .*key/);
  });

  it('say nothing without --distribute or --worker', async () => {
    const result = await runCli(['generate-slots', '--kafka-tls'], { TABLEPICK_DATABASE_URL: database.url });
    expectOneClearLine(result, 2, /--kafka-tls says nothing without --distribute or --worker/);
  });
});

describe('createKafkaTransport', () => {
  it.each<[string, Partial<KafkaAccess>]>([
    ['an unknown mechanism', { sasl: { mechanism: 'gssapi' as 'plain', username: 'a', password: 'b' } }],
    ['no user', { sasl: { mechanism: 'plain', username: '', password: 'b' } }],
    ['no password', { sasl: { mechanism: 'plain', username: 'a', password: '' } }],
  ])('refuses a login with %s', (_what, access) => {
    expect(() => createKafkaTransport({ brokers: ['127.0.0.1:1'], ...access })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }) as Error,
    );
  });
});
