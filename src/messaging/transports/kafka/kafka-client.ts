import type { Kafka, KafkaConfig } from 'kafkajs';

import type { KafkaAccess } from './kafka-access.js';
import { patchTimers } from './kafka-timers.js';

/** Settings of {@link createKafkaTransport}. */
export interface KafkaTransportOptions extends KafkaAccess {
  /** What the brokers call this program in their logs and quotas. Default `tablepick`. */
  clientId?: string | undefined;
  /**
   * How long a subscription that does not answer keeps its partitions. Default 10000.
   *
   * @source Kafka documentation, broker setting `group.min.session.timeout.ms`: 6000 is the least that brokers take by
   * default.
   */
  sessionTimeoutMs?: number | undefined;
  /** Told of what a subscription without an `onError` of its own could not do and tries again. */
  onError?: ((error: unknown) => void) | undefined;
}

/**
 * A publish fails 10 s after the brokers fell silent, and within 2 s when they refuse connections or do not know the
 * topic.
 */
const RETRY = { retries: 2, initialRetryTime: 300, maxRetryTime: 1000 };
const REQUEST_MS = 3000;
const CONNECT_MS = 2000;

/**
 * A KafkaJS client, loaded only now. Everything opens one of its own: clients of one group that share a client
 * overwrite each other's offsets. It says nothing: what fails is thrown or told by who uses it.
 */
export async function openKafka(options: KafkaTransportOptions): Promise<Kafka> {
  const { default: kafkajs } = await import('kafkajs');
  patchTimers();
  return new kafkajs.Kafka(clientSettings(options));
}

/** What KafkaJS is handed: copies, because it writes into the login. */
export function clientSettings({ brokers, clientId = 'tablepick', ssl, sasl }: KafkaTransportOptions): KafkaConfig {
  return {
    brokers: [...brokers],
    clientId,
    ...kafkaSecurity({ ssl, sasl }),
    connectionTimeout: CONNECT_MS,
    authenticationTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    retry: { ...RETRY, restartOnFailure: async () => false },
    logCreator: () => () => {},
  };
}

/** TLS and login as KafkaJS takes them; it writes into what it is handed, so it gets copies. */
export function kafkaSecurity({ ssl, sasl }: Pick<KafkaAccess, 'ssl' | 'sasl'>): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  return {
    ...(ssl === undefined ? {} : { ssl: typeof ssl === 'object' ? { ...ssl } : ssl }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl } as { mechanism: 'plain'; username: string; password: string } }),
  };
}
