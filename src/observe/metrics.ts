import type { Gauge, Registry } from 'prom-client';

/** The metrics of a process for Prometheus. Counters count since its start. Gauges are read when Prometheus asks. */
export interface Metrics {
  /** Adds one, or `by`, to a counter. */
  count(name: CounterName, labels: Readonly<Record<string, string>>, by?: number): void;
  /** Sets the function that reads a gauge when it is asked for. */
  gauge(name: GaugeName, read: () => Promise<readonly GaugeValue[]>): void;
  /** All of them in Prometheus' text format. */
  text(): Promise<{ contentType: string; text: string }>;
}

/** One value of a gauge. */
export interface GaugeValue {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** The names of the counters. */
export type CounterName =
  | 'tablepick_relay_sent_total'
  | 'tablepick_relay_failures_total'
  | 'tablepick_consumer_handled_total'
  | 'tablepick_consumer_retries_total'
  | 'tablepick_consumer_dead_total'
  | 'tablepick_gateway_calls_total'
  | 'tablepick_http_requests_total';

/** The names of the gauges. */
export type GaugeName =
  | 'tablepick_outbox_pending'
  | 'tablepick_outbox_oldest_seconds'
  | 'tablepick_consumer_lag'
  | 'tablepick_dead_letters'
  | 'tablepick_saga_states';

interface About {
  help: string;
  labels: readonly string[];
}

const COUNTERS: Readonly<Record<CounterName, About>> = {
  tablepick_relay_sent_total: { help: 'messages sent from the outbox', labels: ['service'] },
  tablepick_relay_failures_total: { help: 'batches that could not be sent', labels: ['service'] },
  tablepick_consumer_handled_total: { help: 'messages handled', labels: ['group', 'type'] },
  tablepick_consumer_retries_total: { help: 'messages to be tried again', labels: ['group', 'type'] },
  tablepick_consumer_dead_total: { help: 'messages that became dead letters', labels: ['group', 'type'] },
  tablepick_gateway_calls_total: { help: 'calls of the payment provider', labels: ['call', 'outcome'] },
  tablepick_http_requests_total: { help: 'requests answered', labels: ['server', 'route', 'status'] },
};

const GAUGES: Readonly<Record<GaugeName, About>> = {
  tablepick_outbox_pending: { help: 'messages that wait in the outbox', labels: ['service'] },
  tablepick_outbox_oldest_seconds: { help: 'age of the oldest of them', labels: ['service'] },
  tablepick_consumer_lag: { help: 'messages a group has not committed', labels: ['group', 'topic'] },
  tablepick_dead_letters: { help: 'open dead letters', labels: ['service', 'group'] },
  tablepick_saga_states: { help: 'compensations by state', labels: ['state'] },
};

/**
 * The metrics of this process, together with those of Node. The package prom-client is loaded now.
 *
 * @example
 * const metrics = await createMetrics();
 * metrics.count('tablepick_relay_sent_total', { service: 'reservation' }, 12);
 */
export async function createMetrics(): Promise<Metrics> {
  const prometheus = await import('prom-client');
  const { Counter, Registry, collectDefaultMetrics } = prometheus;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = new Map(
    Object.entries(COUNTERS).map(([name, { help, labels }]) => {
      return [name, new Counter({ name, help, labelNames: [...labels], registers: [registry] })];
    }),
  );
  return {
    count: (name, labels, by = 1) => counters.get(name)!.inc(labels, by),
    gauge: (name, read) => addGauge(prometheus.Gauge, registry, { name, read }),
    text: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/**
 * When a gauge cannot be read, e.g. because the database is away, it has no value. The others are told all the same.
 */
function addGauge(
  OneGauge: typeof Gauge,
  registry: Registry,
  { name, read }: { name: GaugeName; read: () => Promise<readonly GaugeValue[]> },
): void {
  const { help, labels } = GAUGES[name];
  const gauge = new OneGauge({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect: async () => {
      const values = await read().catch(() => []);
      gauge.reset();
      for (const { labels: of, value } of values) gauge.set(of, value);
    },
  });
}
