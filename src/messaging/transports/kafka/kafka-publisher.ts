import type { Producer } from 'kafkajs';

import { TablepickError, isTablepickError } from '../../../errors.js';
import type { WireMessage } from '../../envelope/message.js';
import { chunkMessages } from './kafka-chunks.js';
import { type KafkaTransportOptions, openKafka } from './kafka-client.js';
import { kafkaError } from './kafka-errors.js';

interface Waiting {
  chunks: WireMessage[][];
  topics: string[];
  resolve(): void;
  reject(error: unknown): void;
}

/** How long the brokers may take to store a request. */
const STORE_MS = 2000;

/**
 * Publishes one request after another through an idempotent producer. When requests of one producer overlap, they
 * overtake each other, and the brokers refuse them.
 *
 * When a request fails, its producer is replaced. Part of the request may be stored, and the next request would have
 * the same sequence numbers. The brokers would drop it as a repetition.
 */
export class KafkaPublisher {
  readonly #options: KafkaTransportOptions;
  #waiting: Waiting[] = [];
  #working: Promise<void> | undefined;
  #producer: Producer | undefined;
  #isClosed = false;

  constructor(options: KafkaTransportOptions) {
    this.#options = options;
  }

  /**
   * Resolves when all replicas in sync have the messages.
   *
   * @throws As `Transport.publish`.
   */
  async publish(messages: readonly WireMessage[]): Promise<void> {
    if (this.#isClosed) throw new TablepickError('TRANSPORT_UNAVAILABLE', 'the transport is closed');
    if (messages.length === 0) return;
    const chunks = chunkMessages(messages);
    const topics = [...new Set(messages.map(({ topic }) => topic))];
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ chunks, topics, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  /** Ends the requests that wait, then disconnects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#working;
    await this.#dropProducer();
  }

  async #work(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        await this.#send(next);
        next.resolve();
      } catch (error) {
        await this.#dropProducer();
        next.reject(error);
        if (isTablepickError(error, 'TRANSPORT_UNAVAILABLE')) this.#rejectWaiting(error);
      }
    }
    this.#working = undefined;
  }

  /**
   * When the brokers did not answer a request, the requests behind it fail at once. They need not wait as long again.
   */
  #rejectWaiting(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  async #send({ chunks, topics }: Waiting): Promise<void> {
    try {
      this.#producer ??= await this.#openProducer();
      for (const chunk of chunks) await this.#sendChunk(chunk, topics);
    } catch (error) {
      throw kafkaError(`publishing to ${topics.join(', ')}`, error, this.#options.brokers);
    }
  }

  /** Every request names all topics, so that an unknown topic is found before any message is stored. */
  async #sendChunk(chunk: readonly WireMessage[], topics: readonly string[]): Promise<void> {
    const byTopic = new Map(topics.map((topic) => [topic, [] as WireMessage[]]));
    for (const message of chunk) byTopic.get(message.topic)!.push(message);
    const topicMessages = Array.from(byTopic, ([topic, messages]) => ({
      topic,
      messages: messages.map(({ key, value, headers }) => ({ key, value, headers })),
    }));
    await this.#producer!.sendBatch({ acks: -1, timeout: STORE_MS, topicMessages });
  }

  async #openProducer(): Promise<Producer> {
    const { default: kafkajs } = await import('kafkajs');
    const kafka = await openKafka(this.#options);
    const producer = kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    try {
      await producer.connect();
    } catch (error) {
      await producer.disconnect().catch(() => {});
      throw error;
    }
    return producer;
  }

  async #dropProducer(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    // Its requests have ended. When the connection breaks while it is closed, it is closed, too.
    await producer?.disconnect().catch(() => {});
  }
}
