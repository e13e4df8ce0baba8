import { fileURLToPath } from 'node:url';

import type { LoadMeasurement, LoadVariantDescription, Verdict } from '../../bench/load/load-result.js';
import { withClosing } from '../../closing.js';
import { type KafkaAccess, type TransportKind, openTransport } from '../../messaging/index.js';
import { deleteKafkaTopics } from '../../messaging/transports/kafka/bare-kafka.js';
import type { Experiment } from '../record/experiment.js';
import { readServerState, serverUseBetween } from '../server/server-state.js';
import { settleServer } from '../server/settle-server.js';
import { runTimed } from '../processes/timed-process.js';
import { appendMessages } from './append-messages.js';
import { indexOf } from './bench-messages.js';
import { needsBrokers } from './carriers.js';
import { judgeMessages } from './judge-messages.js';
import { readTopic } from './read-topic.js';
import type { RelayJob, RelayOutcome, RelayWay } from './relay-job.js';

/** A variant that is measured. */
export type RelayVariant = LoadVariantDescription & {
  way: RelayWay;
  carrier: TransportKind;
  messages: number;
  batchRows: number;
};

/** An experiment with topics of its own. */
export type RelayExperiment = Experiment & {
  /** Prefix of the names of topics. */
  name: string;
  kafka: KafkaAccess | undefined;
};

const entry = fileURLToPath(new URL('./relay-process.js', import.meta.url));
const mostWarmupMessages = 10_000;
const partitions = 6;

const COUNT_UNSENT = "SELECT COUNT(*) AS unsent FROM outbox WHERE status <> 'SENT'";

/** Where the messages of one run go. */
interface Place {
  carrier: TransportKind;
  kafka: KafkaAccess | undefined;
  topic: string;
  warmupTopic: string;
}

/** Runs a variant once, on topics of its own, and judges the messages that arrived. */
export async function measureRelay(
  experiment: RelayExperiment,
  variant: RelayVariant,
  round: number,
): Promise<LoadMeasurement> {
  const { database, name, kafka } = experiment;
  const topic = `${name}-${round}-${variant.name}`;
  const { carrier } = variant;
  const place = { carrier, kafka, topic, warmupTopic: `${topic}-warmup` };
  const topics = [topic, place.warmupTopic];
  return withClosing(async ({ onClose }) => {
    const transport = await openTransport({ kind: carrier, database, ...kafka });
    if (needsBrokers(carrier)) onClose(() => deleteKafkaTopics(kafka!, topics));
    onClose(() => transport.close());
    await transport.createTopics(topics.map((each) => ({ topic: each, partitions })));
    const measured = await runVariant(experiment, variant, { place, round });
    const read = await readTopic(transport, topic, experiment.signal);
    const delivered = read.map(({ key, headers }) => ({ key, index: indexOf(headers.id) }));
    const verdict = await withOutbox(experiment, judgeMessages(variant.messages, delivered));
    return { ...measured, verdict };
  });
}

async function runVariant(
  experiment: Experiment,
  variant: RelayVariant,
  { place, round }: { place: Place; round: number },
): Promise<Omit<LoadMeasurement, 'verdict'>> {
  const { database, connection, signal } = experiment;
  const { way, messages, batchRows } = variant;
  const warmupMessages = Math.min(mostWarmupMessages, messages);
  const job: RelayJob = { ...place, way, connection, messages, warmupMessages, batchRows, seed: 1 + 10_007 * round };
  let before = await readServerState(experiment);
  await database.session((session) => session.execute('TRUNCATE TABLE outbox'));
  const onReady = async (): Promise<void> => {
    await database.session((session) => session.execute('TRUNCATE TABLE outbox'));
    if (way.kind === 'relay') await appendMessages(database, place.topic, messages);
    await settleServer(database, signal);
    before = await readServerState(experiment);
  };
  const [outcome] = await runTimed<RelayJob, RelayOutcome>([job], { entry, signal, onReady });
  const { delivered, ...measured } = outcome!;
  return {
    ...measured,
    ...serverUseBetween(before, await readServerState(experiment)),
    answers: { delivered },
    unsent: 0,
  };
}

async function withOutbox({ database }: Experiment, verdict: Verdict): Promise<Verdict> {
  const [row] = await database.query<{ unsent: number }>(COUNT_UNSENT);
  if (row === undefined || row.unsent === 0) return verdict;
  const rest = `${row.unsent} in the outbox not marked`;
  return { right: false, text: verdict.right ? rest : `${verdict.text}, ${rest}` };
}
