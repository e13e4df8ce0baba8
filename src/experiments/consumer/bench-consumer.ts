import { randomBytes } from 'node:crypto';

import { checkChoice } from '../../check-option.js';
import type { LoadBody } from '../../bench/load/load-result.js';
import type { KafkaAccess, TransportKind } from '../../messaging/index.js';
import type { BenchOutcome } from '../record/bench-outcome.js';
import { type Experiment, type ExperimentOptions, checkCount, withExperiment } from '../record/experiment.js';
import { beginLoads } from '../record/record-loads.js';
import type { ExperimentDescription } from '../record/result-record.js';
import { checkCarriers } from '../relay/carriers.js';
import { resetScratchSchema } from '../server/scratch-schema.js';
import { consumerFigures } from './consumer-figures.js';
import { type ConsumerWay, type Poison, consumerWays } from './consumer-job.js';
import { type ConsumerVariant, measureConsumer } from './measure-consumer.js';

/** How much is consumed, and how. */
export interface BenchConsumerOptions extends ExperimentOptions {
  /** Needed unless `transport` is `database`. */
  kafka?: KafkaAccess | undefined;
  /** Only this transport. Default: all. */
  transport?: TransportKind | undefined;
  /** Only these ways. Default: all. */
  ways?: readonly ConsumerWay[] | undefined;
  /** Messages of the backlog whose memory and pace are watched. Default 1000000. */
  messages?: number | undefined;
  /** Messages of the runs with and without poison. Default 100000. */
  sample?: number | undefined;
  /** One message in so many is poison. Default 1000. */
  poisonEvery?: number | undefined;
}

const defaults = { messages: 1_000_000, sample: 100_000, poisonEvery: 1000 };
type Settings = typeof defaults & { ways: readonly ConsumerWay[] };

/** Most messages of the run with one message a transaction, which is slow. Its pace does not depend on their number. */
const mostOneByOne = 10_000;

/**
 * Measures how fast a consumer handles messages that wait: many in a transaction beside one in a transaction, with and
 * without messages that cannot be handled, and with a long backlog, whose memory is watched. After every run, rows and
 * dead letters are compared with the messages. Files are written after every round.
 *
 * @throws `BAD_OPTION`, `NOT_A_SCRATCH_SCHEMA` or `RUN_ACTIVE` before the first run; `TRANSPORT_UNAVAILABLE`; `ABORTED`
 * when stopped.
 * @example
 * const connection = { url: 'mysql://root@127.0.0.1/bench' };
 * const { folder } = await benchConsumer({ connection, transport: 'database', messages: 100_000 });
 */
export async function benchConsumer(options: BenchConsumerOptions): Promise<BenchOutcome<LoadBody>> {
  const settings = settingsOf(options);
  const variants = checkCarriers(options).flatMap((carrier) => variantsOf(carrier, settings));
  return withExperiment(options, async (experiment) => {
    await resetScratchSchema(experiment.database, 1);
    const measureAll = await beginLoads(experiment, describeExperiment(experiment, options, settings), {
      variants,
      good: 'handled',
      times: [],
      sweep: null,
      chart: 'good-per-second',
      figures: (measured) => consumerFigures(measured, settings),
    });
    const name = `tablepick-consumer-${randomBytes(4).toString('hex')}`;
    const apart = { ...experiment, name, kafka: options.kafka };
    return measureAll((variant, round) => measureConsumer(apart, variant, round));
  });
}

function settingsOf({ ways, messages, sample, poisonEvery }: BenchConsumerOptions): Settings {
  const settings = {
    ways: ways ?? consumerWays,
    messages: messages ?? defaults.messages,
    sample: sample ?? defaults.sample,
    poisonEvery: poisonEvery ?? defaults.poisonEvery,
  };
  for (const way of settings.ways) checkChoice('ways', way, consumerWays);
  checkCount('ways', settings.ways.length);
  checkCount('messages', settings.messages);
  checkCount('sample', settings.sample);
  checkCount('poisonEvery', settings.poisonEvery);
  return settings;
}

function variantsOf(carrier: TransportKind, settings: Settings): ConsumerVariant[] {
  const { ways, messages, sample, poisonEvery } = settings;
  const where = carrier === 'kafka' ? 'Kafka' : carrier;
  const variant = (
    name: string,
    what: string,
    more: { way?: ConsumerWay; messages?: number; poison?: Poison } = {},
  ): ConsumerVariant => {
    const label = `${where}: ${what}`;
    const base = { group: 'tablepick', claims: true, point: null, series: label } as const;
    const work = { carrier, way: 'batches', messages: sample, poison: undefined, poisonEvery } as const;
    return { ...base, ...work, ...more, name: `${carrier}-${name}`, label };
  };
  const one = `one in ${poisonEvery}`;
  const batches = [
    variant('plain', 'batches'),
    variant('handler-refuses', `batches, the handler refuses ${one}`, { poison: 'handler-refuses' }),
    variant('server-refuses', `batches, the server refuses ${one}`, { poison: 'server-refuses' }),
    variant('backlog', `batches, a backlog of ${messages}`, { messages }),
  ];
  const fewer = Math.min(sample, mostOneByOne);
  const oneByOne = variant('one-by-one', 'one message a transaction', { way: 'one-by-one', messages: fewer });
  return [...(ways.includes('batches') ? batches : []), ...(ways.includes('one-by-one') ? [oneByOne] : [])];
}

function describeExperiment(
  { repeat }: Experiment,
  { question, kafka, transport }: BenchConsumerOptions,
  { ways, messages, sample, poisonEvery }: Settings,
): ExperimentDescription {
  const only = transport === undefined ? '' : ` --transport ${transport}`;
  return {
    question: question ?? 'consumer',
    title: 'Messages handled',
    command: `tablepick bench consumer${only} --ways ${ways.join(',')} --messages ${messages} --sample ${sample} --poison-every ${poisonEvery} --repeat ${repeat}`,
    parameters: {
      ways: ways.join(','),
      messages,
      sample,
      poisonEvery,
      transport: transport ?? 'all',
      brokers: kafka?.brokers.join(',') ?? null,
      repeat,
    },
    notes: [
      'Each run is a process of its own with one consumer, on topics of its own with 6 partitions that are full when it begins; connections open and code warm; the server, Kafka and the process share the machine. Time runs from the first call of the handler to the end of the last message. Rounds run forwards and backwards in turn, ratios are taken within a round.',
      'A message is one row in a table and one in the inbox. In a batch, each is one statement for all.',
      `Of some runs one message in ${poisonEvery} is poison. Either the handler refuses it before it writes, or the server refuses its row: then the batch is halved down to it. Both end as dead letters at once.`,
      `One message a transaction is measured with ${mostOneByOne} messages at most, because it is slow.`,
      'The pace near the end of the backlog is that from 75 to 95 % of it, the pace near its begin that from 5 to 25 %. The resident set is that of the whole process; its samples are in result.json.',
      'The verdict: every good message has one row, those of a key are in their order, every other message is a dead letter.',
    ],
  };
}
