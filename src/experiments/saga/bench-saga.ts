import { randomBytes } from 'node:crypto';

import type { LoadBody } from '../../bench/load/load-result.js';
import type { KafkaAccess, TransportKind } from '../../messaging/index.js';
import type { BenchOutcome } from '../record/bench-outcome.js';
import { checkCarriers } from '../relay/carriers.js';
import { type Experiment, type ExperimentOptions, checkCount, withExperiment } from '../record/experiment.js';
import { beginLoads } from '../record/record-loads.js';
import type { ExperimentDescription } from '../record/result-record.js';
import { type SagaExperiment, type SagaVariant, measureSaga } from './measure-saga.js';
import { sagaFigures } from './saga-figures.js';
import { withSagaTables } from './saga-tables.js';

/** How many reservations are made, and how. */
export interface BenchSagaOptions extends ExperimentOptions {
  /** Needed unless `transport` is `database`. */
  kafka?: KafkaAccess | undefined;
  /** Only this transport. Default: all. */
  transport?: TransportKind | undefined;
  /** Reservations in the runs at full speed. Default 3000. */
  reservations?: number | undefined;
  /** Guests who reserve at once. Default 32. */
  clients?: number | undefined;
  /** Slots asked for. Default 500. */
  slots?: number | undefined;
  /** Guests a second in the runs that time each saga. Default 50. */
  ratePerSecond?: number | undefined;
  /** Duration of these runs. Default 10000. */
  durationMs?: number | undefined;
}

const defaults = { reservations: 3000, clients: 32, slots: 500, ratePerSecond: 50, durationMs: 10_000 };
type Settings = typeof defaults;

const times: LoadBody['times'] = [
  { name: 'untilConfirmed', label: 'from reserved to confirmed' },
  { name: 'sinceIntended', label: 'time since intended start' },
];

/**
 * Measures how many reservations a second pass through the whole saga, with the database as transport and with Kafka. A
 * reservation is made, paid at a fake provider over HTTP and confirmed. After every run, seats, payments and the
 * provider's book are judged. Files are written after every round. The payment service gets a database of its own on
 * the same server, which is dropped at the end.
 *
 * @throws `BAD_OPTION`, `NOT_A_SCRATCH_SCHEMA` or `RUN_ACTIVE` before the first run; `ACCESS_DENIED` when no database
 * may be created; `TRANSPORT_UNAVAILABLE`; `ABORTED` when stopped.
 */
export async function benchSaga(options: BenchSagaOptions): Promise<BenchOutcome<LoadBody>> {
  const settings = settingsOf(options);
  const carriers = checkCarriers(options);
  const variants = carriers.flatMap((carrier) => variantsOf(carrier, settings));
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

function settingsOf({ reservations, clients, slots, ratePerSecond, durationMs }: BenchSagaOptions): Settings {
  const settings = {
    reservations: reservations ?? defaults.reservations,
    clients: clients ?? defaults.clients,
    slots: slots ?? defaults.slots,
    ratePerSecond: ratePerSecond ?? defaults.ratePerSecond,
    durationMs: durationMs ?? defaults.durationMs,
  };
  checkCount('reservations', settings.reservations);
  checkCount('clients', settings.clients);
  checkCount('slots', settings.slots);
  return settings;
}

function variantsOf(carrier: TransportKind, settings: Settings): SagaVariant[] {
  const { reservations, clients, slots, ratePerSecond, durationMs } = settings;
  const label = carrier === 'kafka' ? 'Kafka' : `${carrier} as transport`;
  const base = { group: 'tablepick', claims: true, series: label, point: null, carrier } as const;
  const arrived = Math.max(1, Math.round((ratePerSecond * durationMs) / 1000));
  return [
    { ...base, name: carrier, label, run: { reservations, clients, slots, ratePerSecond: null } },
    {
      ...base,
      name: `${carrier}-paced`,
      label: `${ratePerSecond}/s: ${label}`,
      run: { reservations: arrived, clients, slots, ratePerSecond },
    },
  ];
}

function describeExperiment(
  { repeat }: Experiment,
  { question, kafka, transport }: BenchSagaOptions,
  settings: Settings,
): ExperimentDescription {
  const { reservations, clients, slots, ratePerSecond, durationMs } = settings;
  const only = transport === undefined ? '' : ` --transport ${transport}`;
  return {
    question: question ?? 'saga',
    title: 'Reserved, paid, confirmed',
    command: `tablepick bench saga --in-process${only} --reservations ${reservations} --clients ${clients} --slots ${slots} --rate ${ratePerSecond} --duration ${durationMs}ms --repeat ${repeat}`,
    parameters: { ...settings, transport: transport ?? 'both', brokers: kafka?.brokers.join(',') ?? null, repeat },
    notes: [
      'Each run is one process with the reservation side, the payment service, their relays and a fake provider in it, which is asked over HTTP and answers at once; two databases on one server; MySQL, Kafka and the process share the machine. Connections are open, code is warm, tables are empty but for the warm-up. Rounds run forwards and backwards in turn, ratios are taken within a round.',
      'A reservation is four messages: ReservationCreated, PaymentRequested, PaymentSucceeded, ReservationConfirmed; each is written with its effect, relayed, consumed and noted in the inbox.',
      `Without a rate, ${clients} guests reserve at once, each the next as soon as it has one; the run ends when the last reservation is confirmed, so the time from reserved to confirmed is mostly that of waiting in line. With a rate, guests come at random times, whatever became of those before.`,
      'The verdict: every reservation CONFIRMED and PAID, every payment PAID, the provider charged each once and gave nothing back, no dead letter, and the invariants of slots and reservations hold.',
    ],
  };
}
