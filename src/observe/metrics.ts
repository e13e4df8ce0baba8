import type * as Prometheus from 'prom-client';

import {
  BUCKETS,
  COUNTERS,
  type CounterName,
  GAUGES,
  type GaugeName,
  HISTOGRAMS,
  type HistogramName,
} from './metric-descriptions.js';

/** The metrics of a process for Prometheus. Counters count since its start. Gauges are read when Prometheus asks. */
export interface Metrics {
  /** Adds one, or `by`, to a counter. */
  count(name: CounterName, labels: Readonly<Record<string, string>>, by?: number): void;
  /** Adds one duration to a histogram. */
  observe(name: HistogramName, labels: Readonly<Record<string, string>>, seconds: number): void;
  /**
   * Adds a function that reads values of a gauge when Prometheus asks. When it fails, e.g. because the database is
   * away, its values are missing. The returned function removes it.
   */
  gauge(name: GaugeName, read: () => Promise<readonly GaugeValue[]>): () => void;
  /** All metrics of the registry in Prometheus' text format. */
  text(): Promise<{ contentType: string; text: string }>;
}

/** One value of a gauge. */
export interface GaugeValue {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** The used part of a `Registry` of prom-client. */
export interface MetricsRegistry {
  readonly contentType: string;
  /** Adds a metric. */
  registerMetric(metric: object): void;
  /** All metrics in Prometheus' text format. */
  metrics(): Promise<string>;
}

/** Settings of {@link createMetrics}. */
export interface MetricsOptions {
  /** Your own `Registry` of prom-client. Default: a new one. */
  registry?: MetricsRegistry | undefined;
  /** Stands in front of each name, e.g. `seoul_`. */
  prefix?: string | undefined;
  /** Whether Node's own metrics are collected, too. Default: only into a new registry. */
  defaultMetrics?: boolean | undefined;
}

/** The metrics of each registry by their prefix, because a registry takes a name once. */
const known = new WeakMap<MetricsRegistry, Map<string, Metrics>>();

/**
 * Creates the metrics of this process, in a new registry or in one of yours. The package prom-client is loaded now.
 * Called again with the same registry and prefix, it returns the same metrics.
 *
 * @throws An error of prom-client when the registry has a metric of another origin under one of the names.
 * @example
 * const metrics = await createMetrics();
 * metrics.count('tablepick_relay_sent_total', { service: 'reservation' }, 12);
 * console.log((await metrics.text()).text);
 */
export async function createMetrics(options: MetricsOptions = {}): Promise<Metrics> {
  const prometheus = await import('prom-client');
  const registry = options.registry ?? new prometheus.Registry();
  const { prefix = '', defaultMetrics = options.registry === undefined } = options;
  const ofRegistry = known.get(registry) ?? new Map<string, Metrics>();
  known.set(registry, ofRegistry);
  const before = ofRegistry.get(prefix);
  if (before !== undefined) return before;
  // A registry of another version of prom-client has these methods, too.
  const place = { registry: registry as Prometheus.Registry, prefix };
  if (defaultMetrics) prometheus.collectDefaultMetrics({ register: place.registry, prefix });
  const metrics = register(prometheus, place);
  ofRegistry.set(prefix, metrics);
  return metrics;
}

interface Place {
  registry: Prometheus.Registry;
  prefix: string;
}

function register(prometheus: typeof Prometheus, place: Place): Metrics {
  const { registry, prefix } = place;
  const settings = (name: string, { help, labels }: { help: string; labels: readonly string[] }) => ({
    name: `${prefix}${name}`,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  const counters = mapValues(
    COUNTERS,
    (name, about): Prometheus.Counter => new prometheus.Counter(settings(name, about)),
  );
  const buckets = [...BUCKETS];
  const histograms = mapValues(
    HISTOGRAMS,
    (name, about): Prometheus.Histogram => new prometheus.Histogram({ ...settings(name, about), buckets }),
  );
  const gauges = mapValues(GAUGES, (name, about) => {
    const readers = new Set<Reader>();
    const gauge: Prometheus.Gauge = new prometheus.Gauge({
      ...settings(name, about),
      collect: () => collect(gauge, readers),
    });
    return readers;
  });
  return {
    count: (name, labels, by = 1) => counters[name].inc(labels, by),
    observe: (name, labels, seconds) => histograms[name].observe(labels, seconds),
    gauge: (name, read) => addReader(gauges[name], read),
    text: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

function mapValues<Name extends string, From, To>(
  from: Readonly<Record<Name, From>>,
  map: (name: Name, value: From) => To,
): Record<Name, To> {
  const entries = Object.entries(from) as [Name, From][];
  return Object.fromEntries(entries.map(([name, value]) => [name, map(name, value)])) as Record<Name, To>;
}

type Reader = () => Promise<readonly GaugeValue[]>;

function addReader(readers: Set<Reader>, read: Reader): () => void {
  // A caller may add the same function twice.
  const own: Reader = () => read();
  readers.add(own);
  return () => void readers.delete(own);
}

/** Where one reader fails, the values of the others are told all the same. */
async function collect(gauge: Prometheus.Gauge, readers: ReadonlySet<Reader>): Promise<void> {
  const values = await Promise.all([...readers].map((read) => read().catch(() => [])));
  gauge.reset();
  for (const { labels, value } of values.flat()) gauge.set(labels, value);
}
