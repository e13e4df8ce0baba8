import type { WireMessage } from '../../envelope/message.js';
import type { KafkaAccess } from './kafka-access.js';
import { kafkaSecurity, openKafka } from './kafka-client.js';
import { kafkaError } from './kafka-errors.js';

/** A KafkaJS producer with nothing around it. Transports are measured against it. */
export interface BareProducer {
  /** Resolves when all replicas in sync have the messages. All go to `topic`. */
  send(topic: string, messages: readonly WireMessage[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a plain KafkaJS producer with `acks: -1`. With `isIdempotent`, it keeps the order and sends one request at a
 * time.
 *
 * @throws What KafkaJS throws.
 */
export async function openBareProducer(
  { brokers, ssl, sasl }: KafkaAccess,
  { isIdempotent }: { isIdempotent: boolean },
): Promise<BareProducer> {
  const { Kafka, Partitioners } = (await import('kafkajs')).default;
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId: 'tablepick-bare',
    logCreator: () => () => {},
    ...kafkaSecurity({ ssl, sasl }),
  });
  const producer = kafka.producer({
    idempotent: isIdempotent,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  return {
    send: async (topic, messages) => void (await producer.send({ topic, acks: -1, messages: [...messages] })),
    close: () => producer.disconnect(),
  };
}

/**
 * Deletes topics with all their messages. Topics that do not exist are skipped.
 *
 * @throws `TRANSPORT_UNAVAILABLE`, retriable.
 */
export async function deleteKafkaTopics(options: KafkaAccess, topics: readonly string[]): Promise<void> {
  const admin = (await openKafka(options)).admin();
  try {
    await admin.connect();
    const known = new Set(await admin.listTopics());
    const doomed = topics.filter((topic) => known.has(topic));
    if (doomed.length > 0) await admin.deleteTopics({ topics: doomed });
  } catch (error) {
    throw kafkaError(`deleting ${topics.join(', ')}`, error, options.brokers);
  } finally {
    await admin.disconnect().catch(() => {});
  }
}
