import { randomBytes } from 'node:crypto';

import { checkChoice } from '../../check-option.js';
import type { LoadBody } from '../../bench/load/load-result.js';
import type { KafkaAccess, TransportKind } from '../../messaging/index.js';
import type { BenchOutcome } from '../record/bench-outcome.js';
import { checkCarriers } from '../relay/carriers.js';
import { type Experiment, type ExperimentOptions, checkCount, withExperiment } from '../record/experiment.js';
import { beginLoads } from '../record/record-loads.js';
import type { ExperimentDescription } from '../record/result-record.js';
import { type SagaExperiment, measureSaga } from './measure-saga.js';
import { sagaFigures } from './saga-figures.js';
import { type SagaWay, sagaWays } from './saga-job.js';
import { type SagaSettings, sagaVariants } from './saga-variants.js';
import { withSagaTables } from './saga-tables.js';

/** How many reservations are made, and how. */
export interface BenchSagaOptions extends ExperimentOptions {
  /** Needed unless `transport` is `database`. */
  kafka?: KafkaAccess | undefined;
  /** Only this transport. Default: all. */
  transport?: TransportKind | undefined;
  /** Only these ways. Default: all. */
  ways?: readonly SagaWay[] | undefined;
  /** Reservations in the runs at full speed. Default 20000. */
  reservations?: number | undefined;
  /** At most so many of them with one message a transaction, which is slow. Default 2000. */
  sample?: number | undefined;
  /** Guests who reserve at once. Default 1000. */
  clients?: number | undefined;
  /** Slots asked for. Default 1600. */
  slots?: number | undefined;
  /** Guests a second in the runs that time each saga. Default 50 and 500. */
  ratesPerSecond?: readonly number[] | undefined;
  /** Duration of these runs. Default 10000. */
  durationMs?: number | undefined;
}

const defaults: SagaSettings = {
  ways: sagaWays,
  reservations: 20_000,
  sample: 2000,
  clients: 1000,
  slots: 1600,
  ratesPerSecond: [50, 500],
  durationMs: 10_000,
};

const times: LoadBody['times'] = [
  { name: 'untilConfirmed', label: 'from reserved to confirmed' },
  { name: 'sinceIntended', label: 'time since intended start' },
];

/**
 * Measures how many reservations a second pass through the whole saga, with the database as transport and with Kafka. A
 * reservation is made, paid at a provider that answers at once, and confirmed. Beside the services as they are, it
 * measures one message a transaction, and the same rows written by hand in batches. After every run, seats, payments
 * and the provider's book are judged. Files are written after every round. The payment service gets a database of its
 * own on the same server, which is dropped at the end.
 *
 * @throws `BAD_OPTION`, `NOT_A_SCRATCH_SCHEMA` or `RUN_ACTIVE` before the first run; `ACCESS_DENIED` when no database
 * may be created; `TRANSPORT_UNAVAILABLE`; `ABORTED` when stopped.
 */
export async function benchSaga(options: BenchSagaOptions): Promise<BenchOutcome<LoadBody>> {
  const settings = settingsOf(options);
  const carriers = checkCarriers(options);
  const variants = sagaVariants(carriers, settings);
  return withExperiment(options, async (experiment) => {
    const random = randomBytes(4).toString('hex');
    const paymentSchema = `tablepick_payment_${random}_bench`;
    const place = { name: `tablepick-saga-${random}`, kafka: options.kafka };
    const measureAll = await beginLoads(experiment, describeExperiment(experiment, options, settings), {
      variants,
      good: 'confirmed',
      times,
      sweep: null,
      chart: 'good-per-second',
      figures: (measured) => sagaFigures(measured, settings.reservations),
    });
    return withSagaTables(experiment, { slots: settings.slots, paymentSchema }, (paymentConnection) => {
      const apart: SagaExperiment = { ...experiment, ...place, paymentConnection };
      return measureAll((variant, round) => measureSaga(apart, variant, round));
    });
  });
}

function settingsOf(options: BenchSagaOptions): SagaSettings {
  const settings: SagaSettings = {
    ways: options.ways ?? defaults.ways,
    reservations: options.reservations ?? defaults.reservations,
    sample: options.sample ?? defaults.sample,
    clients: options.clients ?? defaults.clients,
    slots: options.slots ?? defaults.slots,
    ratesPerSecond: options.ratesPerSecond ?? defaults.ratesPerSecond,
    durationMs: options.durationMs ?? defaults.durationMs,
  };
  for (const way of settings.ways) checkChoice('ways', way, sagaWays);
  checkCount('ways', settings.ways.length);
  checkCount('reservations', settings.reservations);
  checkCount('sample', settings.sample);
  checkCount('clients', settings.clients);
  checkCount('slots', settings.slots);
  return settings;
}

function describeExperiment(
  { repeat }: Experiment,
  { question, kafka, transport }: BenchSagaOptions,
  settings: SagaSettings,
): ExperimentDescription {
  const { ways, reservations, sample, clients, slots, ratesPerSecond, durationMs } = settings;
  const only = transport === undefined ? '' : ` --transport ${transport}`;
  const size = `--reservations ${reservations} --sample ${sample} --clients ${clients} --slots ${slots}`;
  return {
    question: question ?? 'saga',
    title: 'Reserved, paid, confirmed',
    command: `tablepick bench saga${only} --ways ${ways.join(',')} ${size} --rate ${ratesPerSecond.join(',')} --duration ${durationMs}ms --repeat ${repeat}`,
    parameters: {
      ...settings,
      ways: ways.join(','),
      ratesPerSecond: ratesPerSecond.join(','),
      transport: transport ?? 'both',
      brokers: kafka?.brokers.join(',') ?? null,
      repeat,
    },
    notes: notesOn(settings),
  };
}

function notesOn({ sample, clients }: SagaSettings): string[] {
  return [
    'Each run is one process with the reservation side, the payment service, their relays and a provider in it, a function that answers at once, for both ways; two databases on one server; MySQL, Kafka and the process share the machine. Connections are open, code is warm, tables are empty but for the warm-up. Rounds run forwards and backwards in turn, ratios are taken within a round.',
    'A reservation is four messages: ReservationCreated, PaymentRequested, PaymentSucceeded, ReservationConfirmed; each is written with its effect, relayed, consumed and noted in the inbox.',
    `One message a transaction is the way of the services before they took batches, kept for this comparison alone. Reservations, relay, transport and consumer are the same as shipped. It settles at most ${sample} reservations in the runs at full speed, because it is slow, and is not measured at rates that it cannot keep.`,
    'By hand: three connections write the same rows of 500 sagas at a time: seats, reservations, payments, histories, inboxes and outboxes. No provider is asked, no message is carried, and no row of the outbox is marked as sent. It is the limit of what the server can do.',
    `Without a rate, ${clients} guests reserve at once, each the next as soon as it has one; the run ends when the last reservation is confirmed, so the time from reserved to confirmed is mostly that of waiting in line. With a rate, guests come at random times, whatever became of those before.`,
    'Statements and COMMITs are those that the server counted in the run, of all connections.',
    'The verdict: every reservation CONFIRMED and PAID, every payment PAID, the provider charged each once and gave nothing back, no saga unfinished, no dead letter, and the invariants of slots and reservations hold.',
  ];
}
