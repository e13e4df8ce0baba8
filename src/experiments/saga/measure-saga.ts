import { fileURLToPath } from 'node:url';

import type { LoadMeasurement, LoadVariantDescription, Verdict } from '../../bench/load-result.js';
import { type ConnectOptions, connect, migrate, quoteIdentifier } from '../../database/index.js';
import { deleteKafkaTopics } from '../../messaging/transports/bare-kafka.js';
import { sagaTopics } from '../../payments/index.js';
import type { Carrier } from '../carriers.js';
import type { Experiment } from '../experiment.js';
import { createSlots, endlessCapacity } from '../scene-slots.js';
import { readServerState, serverUseBetween } from '../server-state.js';
import { settleServer } from '../settle-server.js';
import { runTimed } from '../timed-process.js';
import { judgeSaga } from './judge-saga.js';
import type { SagaRunJob, SagaRunOutcome } from './saga-run-job.js';

/** A variant that is measured. */
export type SagaVariant = LoadVariantDescription & {
  carrier: Carrier;
  run: Pick<SagaRunJob, 'reservations' | 'clients' | 'slots' | 'ratePerSecond'>;
};

/** An experiment whose services keep apart from others. */
export type SagaExperiment = Experiment & {
  /** Begins the names of topics and groups. */
  name: string;
  brokers: readonly string[];
  /** The payment service's database, made for it and dropped after it. */
  paymentSchema: string;
};

const entry = fileURLToPath(new URL('./saga-run-process.js', import.meta.url));
const mostWarmupReservations = 300;

/** Runs a variant once, on empty tables and topics of its own, and judges seats, payments and money. */
export async function measureSaga(
  experiment: SagaExperiment,
  variant: SagaVariant,
  round: number,
): Promise<LoadMeasurement> {
  const { connection, signal } = experiment;
  const { run, carrier } = variant;
  const prefix = `${experiment.name}-${round}-${variant.name}`;
  const brokers = carrier === 'kafka' ? experiment.brokers : null;
  const paymentConnection = withSchema(connection, experiment.paymentSchema);
  const warmupReservations = Math.min(mostWarmupReservations, run.reservations);
  await prepare(experiment, paymentConnection, run.slots);
  const seed = 1 + 10_007 * round;
  const job: SagaRunJob = { ...run, connection, paymentConnection, brokers, prefix, warmupReservations, seed };
  let before = await readServerState(experiment);
  const onReady = async (): Promise<void> => {
    await settleServer(experiment.database, signal);
    before = await readServerState(experiment);
  };
  try {
    const [outcome] = await runTimed<SagaRunJob, SagaRunOutcome>([job], { entry, signal, onReady });
    const { confirmed, ledger, ...measured } = outcome!;
    const used = serverUseBetween(before, await readServerState(experiment));
    const expected = warmupReservations + run.reservations;
    const verdict: Verdict = await judgeSaga(experiment.database, { paymentConnection, ledger, expected, signal });
    return { ...measured, ...used, answers: { confirmed }, unsent: 0, verdict };
  } finally {
    const topics = sagaTopics().map(({ topic }) => `${prefix}.${topic}`);
    if (brokers !== null) await deleteKafkaTopics({ brokers }, topics);
  }
}

async function prepare({ database }: Experiment, payments: ConnectOptions, slots: number): Promise<void> {
  await createSlots(database, slots, endlessCapacity);
  await recreate(database, new URL(payments.url).pathname.slice(1));
  const handle = await connect({ ...payments, poolSize: 1 });
  try {
    await migrate(handle, { owner: 'payment' });
  } finally {
    await handle.close();
  }
}

async function recreate(database: Experiment['database'], schema: string): Promise<void> {
  await database.session(async (session) => {
    await session.execute(`DROP DATABASE IF EXISTS ${quoteIdentifier(schema)}`);
    await session.execute(`CREATE DATABASE ${quoteIdentifier(schema)}`);
  });
}

function withSchema(connection: ConnectOptions, schema: string): ConnectOptions {
  const url = new URL(connection.url);
  url.pathname = `/${schema}`;
  return { ...connection, url: url.href };
}
