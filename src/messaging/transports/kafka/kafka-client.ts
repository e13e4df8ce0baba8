import type { Kafka, KafkaConfig } from 'kafkajs';

import type { KafkaAccess } from './kafka-access.js';
import { patchTimers } from './kafka-timers.js';

/** Settings of {@link createKafkaTransport}. */
export interface KafkaTransportOptions extends KafkaAccess {
  /** Name of this program in the brokers' logs and quotas. Default `tablepick`. */
  clientId?: string | undefined;
  /**
   * How long a subscription that does not answer keeps its partitions. Default 10000.
   *
   * @source Kafka documentation, broker setting `group.min.session.timeout.ms`: 6000 is the least that brokers take by
   * default.
   */
  sessionTimeoutMs?: number | undefined;
  /** Called with failures that are tried again, when a subscription has no `onError` of its own. */
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
 * Opens a KafkaJS client. KafkaJS is loaded only now. Each user opens a client of its own, because members of one group
 * that share a client overwrite each other's offsets. The client logs nothing. Its user throws or reports failures.
 */
export async function openKafka(options: KafkaTransportOptions): Promise<Kafka> {
  const { default: kafkajs } = await import('kafkajs');
  patchTimers();
  return new kafkajs.Kafka(clientSettings(options));
}

/** Settings for KafkaJS. They are copies, because it writes into the login. */
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

/** TLS and login for KafkaJS. They are copies, because it writes into them. */
export function kafkaSecurity({ ssl, sasl }: Pick<KafkaAccess, 'ssl' | 'sasl'>): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  return {
    ...(ssl === undefined ? {} : { ssl: typeof ssl === 'object' ? { ...ssl } : ssl }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl } as { mechanism: 'plain'; username: string; password: string } }),
  };
}
