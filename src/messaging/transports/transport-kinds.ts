import type { DisposableTransport } from '../transport.js';
import type { DatabaseTransportOptions } from './database/database.js';
import type { KafkaTransportOptions } from './kafka/kafka-client.js';

/** Everything that one of the transports is opened with. */
export type AllTransportOptions = DatabaseTransportOptions & KafkaTransportOptions;

interface TransportEntry {
  /** The option without which the transport cannot be opened. */
  needs: 'database' | 'brokers';
  /** Loads the transport's module on first use. */
  load: () => Promise<(options: AllTransportOptions) => DisposableTransport>;
}

/** The transports of this package. A line here reaches `openTransport`, `--transport` and the benchmarks. */
const transports = {
  database: { needs: 'database', load: async () => (await import('./database/database.js')).createDatabaseTransport },
  kafka: { needs: 'brokers', load: async () => (await import('./kafka/kafka.js')).createKafkaTransport },
} as const satisfies Record<string, TransportEntry>;

/** Name of a transport of this package, as the user types it. */
export type TransportKind = keyof typeof transports;

/** Every transport that {@link openTransport} opens. */
export const transportKinds = Object.keys(transports) as readonly TransportKind[];

/** What opens the transport `kind`, and what it needs. */
export function transportEntry(kind: TransportKind): TransportEntry {
  return transports[kind];
}

/** The transport that is meant when none is named: Kafka when brokers are named, else the database. */
export function defaultTransportKind(brokers: unknown): TransportKind {
  return brokers === undefined ? 'database' : 'kafka';
}
