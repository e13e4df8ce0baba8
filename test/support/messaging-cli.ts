import { type Database, connect, migrate } from 'tablepick/database';
import {
  type MessageDraft,
  appendToOutbox,
  createMemoryTransport,
  listDeadLetters,
  startConsumer,
} from 'tablepick/messaging';
import { vi } from 'vitest';

import { type RunningCli, runCli, startCli } from './run-cli.js';
import type { ProgramResult } from './run-program.js';
import { testServer, withConnection, withTestDatabase } from './servers.js';

/** Two services with tables on the MySQL test server, and `tablepick` on them. */
export interface MessagingCli {
  url: string;
  reservation: Database;
  payment: Database;
  run(...words: string[]): Promise<ProgramResult>;
  start(...words: string[]): RunningCli;
}

/** Runs `work` with a {@link MessagingCli}. */
export async function withMessagingCli(work: (cli: MessagingCli) => Promise<void>): Promise<void> {
  await withTestDatabase(testServer('mysql'), async ({ name, url }) => {
    const paymentUrl = `${url}_payment`;
    await withConnection(url, (connection) => connection.query(`CREATE DATABASE \`${name}_payment\``));
    const [reservation, payment] = await Promise.all([connect({ url }), connect({ url: paymentUrl })]);
    const env = { TABLEPICK_DATABASE_URL: url };
    try {
      await migrate(reservation);
      await migrate(payment, { owner: 'payment' });
      await work({
        url,
        reservation,
        payment,
        run: (...words) => runCli(words, env),
        start: (...words) => startCli(words, env),
      });
    } finally {
      await Promise.all([reservation.close(), payment.close()]);
      await withConnection(url, (connection) => connection.query(`DROP DATABASE \`${name}_payment\``));
    }
  });
}

/** Appends messages to the outbox of a service. */
export async function say(database: Database, ...messages: MessageDraft[]): Promise<void> {
  await database.transaction((tx) => appendToOutbox(tx, messages));
}

/** Makes dead letters in a real consumer: one for each key, whose handler fails with `error`. */
export async function makeDeadLetters(
  database: Database,
  keys: readonly string[],
  error = new RangeError('no pan'),
): Promise<void> {
  const transport = createMemoryTransport();
  await transport.createTopics([{ topic: 'payments', partitions: 1 }]);
  const consumer = await startConsumer({
    database,
    transport,
    group: 'kitchen',
    topics: ['payments'],
    handlers: { PaymentSucceeded: { name: 'cook', handle: () => Promise.reject(error) } },
    retry: { kind: 'blocking', attempts: 1, baseMs: 1, capMs: 1 },
  });
  const before = (await listDeadLetters(database, { limit: 1000 })).length;
  for (const key of keys) {
    const headers = { id: `id-${key}`, type: 'PaymentSucceeded' };
    await transport.publish([{ topic: 'payments', key, value: JSON.stringify({ amount: 5 }), headers }]);
  }
  const isDone = async () => (await listDeadLetters(database, { limit: 1000 })).length === before + keys.length;
  await vi.waitUntil(isDone, { timeout: 30_000, interval: 20 });
  await consumer.stop();
  await transport.close();
}
