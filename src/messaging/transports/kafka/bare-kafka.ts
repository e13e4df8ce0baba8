import type { WireMessage } from '../../envelope/message.js';
import type { KafkaAccess } from './kafka-access.js';
import { kafkaSecurity, openKafka } from './kafka-client.js';
import { kafkaError } from './kafka-errors.js';

/** A KafkaJS producer with nothing around it: what a transport is measured against. */
export interface BareProducer {
  /** Resolves when all replicas in sync have them; all are for the topic. */
  send(topic: string, messages: readonly WireMessage[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a producer of KafkaJS as it comes, with `acks: -1`. An `isIdempotent` one keeps the order, and takes one
 * request at a time.
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
 * Deletes topics with all that is in them; those that are not there are passed over.
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
