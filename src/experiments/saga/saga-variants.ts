import type { TransportKind } from '../../messaging/index.js';
import type { SagaVariant } from './measure-saga.js';
import type { SagaWay } from './saga-job.js';

/** The size of every part of the experiment. */
export interface SagaSettings {
  ways: readonly SagaWay[];
  /** Reservations in the runs at full speed. */
  reservations: number;
  /** At most so many of them one by one. */
  sample: number;
  clients: number;
  slots: number;
  ratesPerSecond: readonly number[];
  /** Duration of the runs at a rate. */
  durationMs: number;
}

/** The highest rate at which one message a transaction is measured. It settles little more. */
const highestOneByOne = 60;

const wayLabels: Readonly<Record<SagaWay, string>> = {
  batches: 'as shipped',
  'one-by-one': 'one message a transaction',
  'by-hand': 'the same rows by hand in batches',
};

/** The variants: every way over every transport at full speed, then at every rate. By hand there is no transport. */
export function sagaVariants(carriers: readonly TransportKind[], settings: SagaSettings): SagaVariant[] {
  const { ways, ratesPerSecond } = settings;
  const services = ways.filter((way) => way !== 'by-hand');
  return [
    ...services.flatMap((way) => carriers.map((carrier) => atOnce(way, carrier, settings))),
    ...(ways.includes('by-hand') ? [byHand(carriers[0]!, settings)] : []),
    ...ratesPerSecond.flatMap((rate) =>
      services
        .filter((way) => way === 'batches' || rate <= highestOneByOne)
        .flatMap((way) => carriers.map((carrier) => atRate(way, carrier, { settings, rate }))),
    ),
  ];
}

function atOnce(way: SagaWay, carrier: TransportKind, settings: SagaSettings): SagaVariant {
  const label = labelOf(way, carrier);
  const reservations = way === 'one-by-one' ? Math.min(settings.sample, settings.reservations) : settings.reservations;
  const { clients, slots } = settings;
  return {
    ...claimOf(way),
    name: nameOf(way, carrier),
    label,
    series: label,
    carrier,
    run: { way, reservations, clients, slots, ratePerSecond: null },
  };
}

function byHand(carrier: TransportKind, settings: SagaSettings): SagaVariant {
  const variant = atOnce('by-hand', carrier, settings);
  const label = wayLabels['by-hand'];
  return { ...variant, name: 'by-hand', label, series: label };
}

function atRate(
  way: SagaWay,
  carrier: TransportKind,
  { settings, rate }: { settings: SagaSettings; rate: number },
): SagaVariant {
  const label = `${rate}/s: ${labelOf(way, carrier)}`;
  const { clients, slots, durationMs } = settings;
  const reservations = Math.max(1, Math.round((rate * durationMs) / 1000));
  return {
    ...claimOf(way),
    name: `${nameOf(way, carrier)}-${rate}`,
    label,
    series: label,
    carrier,
    run: { way, reservations, clients, slots, ratePerSecond: rate },
  };
}

/** The name of a way over a transport at full speed. */
export function nameOf(way: SagaWay, carrier: TransportKind): string {
  return way === 'batches' ? carrier : `${carrier}-${way}`;
}

function labelOf(way: SagaWay, carrier: TransportKind): string {
  return `${wayLabels[way]}, ${carrier === 'kafka' ? 'Kafka' : `${carrier} as transport`}`;
}

function claimOf(way: SagaWay): Pick<SagaVariant, 'group' | 'claims' | 'point'> {
  return { group: way === 'by-hand' ? 'by-hand' : 'tablepick', claims: true, point: null };
}
