import { randomBytes } from 'node:crypto';

import type { LoadBody } from '../../bench/load/load-result.js';
import { type KafkaAccess, type TransportKind, transportKinds } from '../../messaging/index.js';
import type { BenchOutcome } from '../record/bench-outcome.js';
import { type Experiment, type ExperimentOptions, checkCount, withExperiment } from '../record/experiment.js';
import { beginLoads } from '../record/record-loads.js';
import { type RelayExperiment, type RelayVariant, measureRelay } from './measure-relay.js';
import { relayFigures } from './relay-figures.js';
import { servicePoolSize } from './relay-job.js';
import type { ExperimentDescription } from '../record/result-record.js';
import { resetScratchSchema } from '../server/scratch-schema.js';
import { checkCarriers } from './carriers.js';

/** How much is relayed, and how. */
export interface BenchRelayOptions extends ExperimentOptions {
  /** Needed unless `transport` is `database`. */
  kafka?: KafkaAccess | undefined;
  /** Measures only this transport. Default: all. */
  transport?: TransportKind | undefined;
  /** Messages in the outbox at the start of a drain. Default 100000. */
  messages?: number | undefined;
  /** Rows of a batch, and messages in a request of the bare producer. Default 1000. */
  batchRows?: number | undefined;
  /** Workers of the relay. Default: as shipped. */
  workers?: number | undefined;
  /** Messages a second in the runs that time each message. Default 500. */
  ratePerSecond?: number | undefined;
  /** Duration of these runs. Default 10000. */
  durationMs?: number | undefined;
}

const defaults = { messages: 100_000, batchRows: 1000, ratePerSecond: 500, durationMs: 10_000 };
type Settings = typeof defaults;

/** Most messages of the drain with one row at a time, which is slow. Its rate does not depend on their number. */
const mostOneByOne = 2000;
const pollMs = 500;

const times: LoadBody['times'] = [
  { name: 'untilConsumed', label: 'from COMMIT, or bare send, to consumed' },
  { name: 'sinceIntended', label: 'time since intended start' },
];

/**
 * Measures how many messages a second a relay sends from the outbox to Kafka, compared with a bare producer. Also
 * measures how long a message takes from its COMMIT to a consumer. After every run, the messages that arrived are
 * compared with those that were appended. Files are written after every round.
 *
 * @throws `BAD_OPTION`, `NOT_A_SCRATCH_SCHEMA` or `RUN_ACTIVE` before the first run; `TRANSPORT_UNAVAILABLE`; `ABORTED`
 * when stopped.
 * @example
 * const { folder } = await benchRelay({ connection: { url: 'mysql://root@127.0.0.1/bench' }, messages: 10_000 });
 */
export async function benchRelay(options: BenchRelayOptions): Promise<BenchOutcome<LoadBody>> {
  const settings = settingsOf(options);
  const carriers = checkCarriers(options);
  const variants = listVariants(settings, options.workers).filter(({ carrier }) => carriers.includes(carrier));
  return withExperiment(options, async (experiment) => {
    await resetScratchSchema(experiment.database, 1);
    const extent = { messages: settings.messages, pacedSeconds: settings.durationMs / 1000 };
    const measureAll = await beginLoads(experiment, describeExperiment(experiment, options, settings), {
      variants,
      good: 'delivered',
      times,
      sweep: null,
      chart: 'good-per-second',
      figures: (measured) => relayFigures(measured, extent),
    });
    const name = `tablepick-relay-${randomBytes(4).toString('hex')}`;
    const apart: RelayExperiment = { ...experiment, name, kafka: options.kafka };
    return measureAll((variant, round) => measureRelay(apart, variant, round));
  });
}

function settingsOf({ messages, batchRows, workers, ratePerSecond, durationMs }: BenchRelayOptions): Settings {
  const settings = {
    messages: messages ?? defaults.messages,
    batchRows: batchRows ?? defaults.batchRows,
    ratePerSecond: ratePerSecond ?? defaults.ratePerSecond,
    durationMs: durationMs ?? defaults.durationMs,
  };
  checkCount('messages', settings.messages);
  checkCount('batchRows', settings.batchRows);
  checkCount('workers', workers ?? 1);
  return settings;
}

function listVariants(settings: Settings, workers: number | undefined): RelayVariant[] {
  const variants = [...listDrains(settings, workers), ...listPaced(settings)];
  return variants.map((variant) => ({ ...variant, series: variant.label }));
}

type Way = Omit<RelayVariant, 'series'>;

/** Ways that send messages as fast as possible: the relay empties a full outbox. */
function listDrains({ messages, batchRows }: Settings, workers: number | undefined): Way[] {
  const base = { group: 'tablepick', claims: true, point: null, carrier: 'kafka', messages, batchRows } as const;
  const bare = { ...base, group: 'by-hand' } as const;
  const fewer = { ...base, messages: Math.min(messages, mostOneByOne) };
  const way = { kind: 'relay', batchRows, workers } as const;
  const oneByOne = { ...way, batchRows: 1, workers: 1 };
  return [
    { ...bare, name: 'producer', label: 'bare KafkaJS producer, no database', way: { kind: 'producer' } },
    { ...base, name: 'relay', label: 'relay', way },
    { ...fewer, name: 'relay-one-by-one', label: 'relay, one row at a time', way: oneByOne },
    ...transportKinds
      .filter((carrier) => carrier !== base.carrier)
      .map((carrier) => ({
        ...base,
        name: `relay-${carrier}`,
        label: `relay to the ${carrier} transport`,
        carrier,
        way,
      })),
  ];
}

/** Ways that send messages one by one, when they are due. */
function listPaced({ batchRows, ratePerSecond, durationMs }: Settings): Way[] {
  const messages = Math.max(1, Math.round((ratePerSecond * durationMs) / 1000));
  const base = { group: 'tablepick', claims: true, point: null, carrier: 'kafka', messages, batchRows } as const;
  const bare = { ...base, group: 'by-hand', way: { kind: 'paced-producer', ratePerSecond } } as const;
  const woken = { kind: 'paced-relay', ratePerSecond, wake: true, pollMs: undefined } as const;
  const polling = { kind: 'paced-relay', ratePerSecond, wake: false, pollMs } as const;
  const rate = `${ratePerSecond}/s`;
  return [
    { ...bare, name: 'paced-producer', label: `${rate}: bare producer to consumer` },
    { ...base, name: 'paced-relay', label: `${rate}: relay woken by the COMMIT`, way: woken },
    { ...base, name: 'paced-polling', label: `${rate}: relay that looks every ${pollMs} ms`, way: polling },
  ];
}

function describeExperiment(
  { repeat }: Experiment,
  { question, kafka, transport, workers }: BenchRelayOptions,
  settings: Settings,
): ExperimentDescription {
  const { messages, batchRows, ratePerSecond, durationMs } = settings;
  const only = transport === undefined ? '' : ` --transport ${transport}`;
  const several = workers === undefined ? '' : ` --workers ${workers}`;
  return {
    question: question ?? 'relay',
    title: 'From the outbox to Kafka',
    command: `tablepick bench relay${only} --messages ${messages} --batch-rows ${batchRows}${several} --rate ${ratePerSecond} --duration ${durationMs}ms --repeat ${repeat}`,
    parameters: {
      ...settings,
      workers: workers ?? 'as shipped',
      transport: transport ?? 'all',
      brokers: kafka?.brokers.join(',') ?? null,
      repeat,
    },
    notes: [
      'Each run is a process of its own on topics of its own with 6 partitions, connections open and code warm; MySQL, Kafka and the process share the machine. Rounds run forwards and backwards in turn, ratios are taken within a round.',
      'The messages are the same everywhere: ReservationCreated with its envelope in headers. The bare producer is KafkaJS without tablepick and without a database: idempotent, as order needs it, acks of all replicas, one request of a batch at a time, its messages made beforehand. A relay begins with a full outbox and ends when all rows are acknowledged and marked.',
      `One row at a time is the same relay with batches of one row and one worker, on at most ${mostOneByOne} rows.`,
      `With a rate, messages are due at random times, whatever became of those before: one transaction with one message each over a pool of ${servicePoolSize} connections, which the relay shares; the bare producer, not idempotent there, sends each when it is due. Time runs from the answer to the COMMIT, or from the call of the bare send, to the consumer, in the same process.`,
      'The verdict reads the topic anew: every message appended is there, those of a key in their order, and every row of the outbox is marked. What came twice is told.',
    ],
  };
}
