import { fileURLToPath } from 'node:url';

import type { LoadMeasurement, LoadVariantDescription, Verdict } from '../../bench/load/load-result.js';
import type { ConnectOptions } from '../../database/index.js';
import type { KafkaAccess, TransportKind } from '../../messaging/index.js';
import { deleteKafkaTopics } from '../../messaging/transports/kafka/bare-kafka.js';
import { sagaTopics } from '../../payments/index.js';
import { needsBrokers } from '../relay/carriers.js';
import type { Experiment } from '../record/experiment.js';
import { readServerState, serverUseBetween } from '../server/server-state.js';
import { settleServer } from '../server/settle-server.js';
import { runTimed } from '../processes/timed-process.js';
import { judgeSaga } from './judge-saga.js';
import { emptySagaTables } from './saga-tables.js';
import type { SagaRunJob, SagaRunOutcome } from './saga-job.js';

/** A variant that is measured. */
export type SagaVariant = LoadVariantDescription & {
  carrier: TransportKind;
  run: Pick<SagaRunJob, 'way' | 'reservations' | 'clients' | 'slots' | 'ratePerSecond'>;
};

/** An experiment with topics, groups and a payment database of its own. */
export type SagaExperiment = Experiment & {
  /** Prefix of the names of topics and groups. */
  name: string;
  kafka: KafkaAccess | undefined;
  /** The payment service's database. It is created for the experiment and dropped at its end. */
  paymentConnection: ConnectOptions;
};

const entry = fileURLToPath(new URL('./saga-process.js', import.meta.url));
const mostWarmupReservations = 300;

/** Runs a variant once, on empty tables and topics of its own, and judges seats, payments and money. */
export async function measureSaga(
  experiment: SagaExperiment,
  variant: SagaVariant,
  round: number,
): Promise<LoadMeasurement> {
  const { connection, paymentConnection, kafka, signal } = experiment;
  const { run, carrier } = variant;
  const prefix = `${experiment.name}-${round}-${variant.name}`;
  const warmupReservations = Math.min(mostWarmupReservations, run.reservations);
  await emptySagaTables(experiment);
  const seed = 1 + 10_007 * round;
  const job: SagaRunJob = { ...run, connection, paymentConnection, carrier, kafka, prefix, warmupReservations, seed };
  let before = await readServerState(experiment);
  const onReady = async (): Promise<void> => {
    await settleServer(experiment.database, signal);
    before = await readServerState(experiment);
  };
  try {
    const [outcome] = await runTimed<SagaRunJob, SagaRunOutcome>([job], { entry, signal, onReady });
    const { confirmed, ledger, backlog, ...measured } = outcome!;
    // At a pace that is kept, there is none to show.
    const waiting = run.ratePerSecond === null ? { backlog } : {};
    const used = serverUseBetween(before, await readServerState(experiment));
    const expected = warmupReservations + run.reservations;
    const verdict: Verdict = await judgeSaga(experiment.database, { paymentConnection, ledger, expected, signal });
    return { ...measured, ...used, ...waiting, answers: { confirmed }, unsent: 0, verdict };
  } finally {
    const topics = sagaTopics().map(({ topic }) => `${prefix}.${topic}`);
    if (needsBrokers(carrier)) await deleteKafkaTopics(kafka!, topics);
  }
}
