import { type ConnectOptions, type Database, connect, migrate } from '../../database/index.js';
import { quoteIdentifier } from '../../database/names.js';
import { urlOfDatabase } from '../../database/create-database.js';
import type { Experiment } from '../record/experiment.js';
import { createSlots, emptySlots, endlessCapacity } from '../server/scene-slots.js';

const MESSAGING = ['outbox', 'inbox', 'dead_letter', 'message', 'message_partition', 'message_group', 'message_member'];
const RESERVATION_SIDE = [...MESSAGING, 'reservation_history', 'compensation'];
const PAYMENT_SIDE = [...MESSAGING, 'payment', 'payment_history'];

/**
 * Runs `work` with the tables of both services: slots in the scratch schema, and a schema for payments, which is
 * dropped afterwards.
 */
export async function withSagaTables<T>(
  { database, connection }: Experiment,
  { slots, paymentSchema }: { slots: number; paymentSchema: string },
  work: (paymentConnection: ConnectOptions) => Promise<T>,
): Promise<T> {
  const run = (sql: string) => database.session((session) => session.execute(sql));
  await createSlots(database, slots, endlessCapacity);
  await run(`CREATE DATABASE ${quoteIdentifier(paymentSchema)}`);
  try {
    const paymentConnection = { ...connection, url: urlOfDatabase(connection.url, paymentSchema) };
    await withHandle(paymentConnection, async (payments) => void (await migrate(payments, { owner: 'payment' })));
    return await work(paymentConnection);
  } finally {
    await run(`DROP DATABASE IF EXISTS ${quoteIdentifier(paymentSchema)}`);
  }
}

/** Removes the rows of a run, so that every run starts with the same tables. */
export async function emptySagaTables({
  database,
  paymentConnection,
}: Pick<Experiment, 'database'> & { paymentConnection: ConnectOptions }): Promise<void> {
  await emptySlots(database, endlessCapacity);
  await truncate(database, RESERVATION_SIDE);
  await withHandle(paymentConnection, (payments) => truncate(payments, PAYMENT_SIDE));
}

async function withHandle(connection: ConnectOptions, work: (database: Database) => Promise<void>): Promise<void> {
  const database = await connect({ ...connection, poolSize: 1 });
  try {
    await work(database);
  } finally {
    await database.close();
  }
}

async function truncate(database: Database, tables: readonly string[]): Promise<void> {
  await database.session(async (session) => {
    for (const table of tables) await session.execute(`TRUNCATE TABLE ${table}`);
  });
}
