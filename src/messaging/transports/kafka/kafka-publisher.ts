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
 * Publishes one request after another through an idempotent producer: overlapping ones of one producer overtake each
 * other, which the brokers refuse.
 *
 * A producer whose request failed is replaced: part of it may be stored, and its next request, under the same sequence
 * numbers, would be taken for a repetition and dropped.
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
   * Resolves when all replicas in sync have them.
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

  /** Ends what was asked for and hangs up. */
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

  /** Who waits behind a request that waited in vain need not wait as long again. */
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

  /** Every request names all topics, so that one that is unknown is found before anything of the others is stored. */
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
    // What it was to store is answered for; a connection that breaks while it is closed is closed.
    await producer?.disconnect().catch(() => {});
  }
}
