import { fileURLToPath } from 'node:url';

import type { LoadMeasurement, LoadVariantDescription, Verdict } from '../../bench/load/load-result.js';
import { withClosing } from '../../closing.js';
import {
  type KafkaAccess,
  type Transport,
  createMessage,
  encodeMessage,
  openTransport,
} from '../../messaging/index.js';
import { deleteKafkaTopics } from '../../messaging/transports/kafka/bare-kafka.js';
import { runTimed } from '../processes/timed-process.js';
import type { Experiment } from '../record/experiment.js';
import { KEYS, benchMessage } from '../relay/bench-messages.js';
import { needsBrokers } from '../relay/carriers.js';
import { readServerState, serverUseBetween } from '../server/server-state.js';
import { settleServer } from '../server/settle-server.js';
import type { ConsumerJob, ConsumerOutcome } from './consumer-job.js';
import { isPoison } from './effect-handler.js';

/** A variant that is measured. */
export type ConsumerVariant = LoadVariantDescription &
  Pick<ConsumerJob, 'carrier' | 'messages' | 'way' | 'poison' | 'poisonEvery'>;

/** An experiment with topics of its own. */
export type ConsumerExperiment = Experiment & {
  /** Prefix of the names of topics. */
  name: string;
  kafka: KafkaAccess | undefined;
};

const entry = fileURLToPath(new URL('./consumer-process.js', import.meta.url));
const mostWarmupMessages = 2000;
const partitions = 6;
const messagesOfCall = 1000;

const TABLES = ['message', 'inbox', 'dead_letter', 'reservation_history'];
const COUNT_ROWS = 'SELECT COUNT(*) AS count FROM reservation_history';
const COUNT_DIFFERENT = 'SELECT COUNT(DISTINCT reservation_id) AS count FROM reservation_history';
const COUNT_DEAD = 'SELECT COUNT(*) AS count FROM dead_letter';
// Rows of a key are written one after the other, so their ids are in the order of their effects.
const COUNT_DISORDERED = `SELECT COUNT(*) AS count FROM (SELECT reservation_id AS number,
    LAG(reservation_id) OVER (PARTITION BY (reservation_id - 1) % ${KEYS} ORDER BY id) AS before_it
  FROM reservation_history) rows_of_keys WHERE number < before_it`;

/** Runs a variant once, on topics of its own, and judges what was handled. */
export async function measureConsumer(
  experiment: ConsumerExperiment,
  variant: ConsumerVariant,
  round: number,
): Promise<LoadMeasurement> {
  const { database, connection, kafka, signal } = experiment;
  const { carrier, messages, way, poison, poisonEvery } = variant;
  const topic = `${experiment.name}-${round}-${variant.name}`;
  const warmupTopic = `${topic}-warmup`;
  const warmupMessages = Math.min(mostWarmupMessages, messages);
  return withClosing(async ({ onClose }) => {
    const transport = await openTransport({ kind: carrier, database, ...kafka });
    if (needsBrokers(carrier)) onClose(() => deleteKafkaTopics(kafka!, [topic, warmupTopic]));
    onClose(() => transport.close());
    await transport.createTopics([topic, warmupTopic].map((each) => ({ topic: each, partitions })));
    await emptyTables(experiment);
    await fill(transport, warmupTopic, warmupMessages);
    let before = await readServerState(experiment);
    const onReady = async (): Promise<void> => {
      await emptyTables(experiment);
      await fill(transport, topic, messages);
      await settleServer(database, signal);
      before = await readServerState(experiment);
    };
    const work = { connection, carrier, kafka, topic, warmupTopic, messages, warmupMessages };
    const job: ConsumerJob = { ...work, way, poison, poisonEvery };
    const [outcome] = await runTimed<ConsumerJob, ConsumerOutcome>([job], { entry, signal, onReady });
    const { handled, dead, ...measured } = outcome!;
    const used = serverUseBetween(before, await readServerState(experiment));
    const verdict = await judge(experiment, variant);
    return { ...measured, ...used, times: {}, answers: { handled, dead }, unsent: 0, verdict };
  });
}

async function emptyTables({ database }: Experiment): Promise<void> {
  await database.session(async (session) => {
    for (const table of TABLES) await session.execute(`TRUNCATE TABLE ${table}`);
  });
}

async function fill(transport: Transport, topic: string, messages: number): Promise<void> {
  for (let first = 0; first < messages; first += messagesOfCall) {
    const count = Math.min(messagesOfCall, messages - first);
    const drafts = Array.from({ length: count }, (_, index) => benchMessage(topic, first + index));
    await transport.publish(drafts.map((draft) => encodeMessage(createMessage(draft))));
  }
}

/** Right when every good message took effect once, in the order of its key, and every other is a dead letter. */
async function judge({ database }: Experiment, variant: ConsumerVariant): Promise<Verdict> {
  const count = async (sql: string): Promise<number> => {
    const [row] = await database.query<{ count: number }>(sql);
    return Number(row!.count);
  };
  const indexes = Array.from({ length: variant.messages }, (_, index) => index);
  const poisoned = indexes.filter((index) => isPoison(variant, index)).length;
  const [rows, different] = [await count(COUNT_ROWS), await count(COUNT_DIFFERENT)];
  const wrong = [
    ...told(variant.messages - poisoned - different, 'not handled'),
    ...told(rows - different, 'handled twice'),
    ...told(await count(COUNT_DISORDERED), 'out of order'),
    ...told(poisoned - (await count(COUNT_DEAD)), 'not among the dead letters'),
  ];
  return { right: wrong.length === 0, text: wrong.length === 0 ? 'right' : wrong.join(', ') };
}

function told(found: number, what: string): string[] {
  return found === 0 ? [] : [`${found} ${what}`];
}
