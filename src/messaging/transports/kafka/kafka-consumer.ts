import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, IHeaders, KafkaMessage } from 'kafkajs';

import type { PartitionBatch, Received, SubscribeOptions } from '../../transport.js';
import { type KafkaTransportOptions, openKafka } from './kafka-client.js';
import { isNotOurs, kafkaError } from './kafka-errors.js';
import { AssignedPartition } from './kafka-partition.js';

/** Settings of {@link KafkaConsumer}. */
export interface ConsumerWork {
  options: KafkaTransportOptions;
  wanted: SubscribeOptions;
  onError: (error: unknown) => void;
  /** Called once the brokers know the topics. Later failures are failures of the group. */
  onAnswered?: () => void;
  /** By partition, a promise that resolves when its last batch has ended. The map outlives the consumer. */
  ends: Map<string, Promise<void>>;
}

/** Default of `KafkaTransportOptions.sessionTimeoutMs`. */
export const DEFAULT_SESSION_MS = 10_000;

/**
 * Longest wait of a fetch. Brokers answer as soon as there is one byte. A partition that was paused is fetched again
 * after this time.
 */
const MOST_WAIT_MS = 200;

/**
 * One member of a group, from joining until it stops or fails. Its fetching is never kept waiting. So it sends
 * heartbeats in time, and it learns in time when the group shares out its partitions anew.
 */
export class KafkaConsumer {
  readonly #work: ConsumerWork;
  readonly #consumer: Consumer;
  readonly #partitions = new Map<string, AssignedPartition>();
  #memberId: string | undefined;
  #isStopping = false;

  /** Resolves with the error when it fails. Then it holds no partition any more. */
  readonly failed: Promise<unknown>;

  private constructor(work: ConsumerWork, consumer: Consumer) {
    this.#work = work;
    this.#consumer = consumer;
    this.failed = new Promise((resolve) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        this.#loseAll();
        resolve(payload.error);
      });
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.#join(payload));
  }

  /**
   * Resolves when the group has given it its partitions.
   *
   * @throws As `Transport.subscribe`.
   */
  static async join(work: ConsumerWork): Promise<KafkaConsumer> {
    const { options, wanted } = work;
    try {
      const kafka = await openKafka(options);
      const joining = new KafkaConsumer(work, kafka.consumer(settingsOf(work)));
      await joining.#run();
      return joining;
    } catch (error) {
      throw kafkaError(`subscribing ${wanted.group} to ${wanted.topics.join(', ')}`, error, options.brokers);
    }
  }

  /** The partitions it has at present. */
  holds(): { topic: string; partition: number }[] {
    return [...this.#partitions.values()].map(({ place }) => place);
  }

  /** Resolves when no batch is under way any more and the group knows that it has left. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const partition of this.#partitions.values()) partition.end();
    await Promise.all([...this.#partitions.values()].map((partition) => partition.ended));
    this.#loseAll();
    // When it cannot leave the group, the group removes it after its session timeout.
    await this.#consumer.disconnect().catch((error: unknown) => this.#tell('leaving', error));
  }

  async #run(): Promise<void> {
    let failure: unknown;
    void this.failed.then((error) => (failure = error));
    try {
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topics: [...this.#work.wanted.topics], fromBeginning: true });
      this.#work.onAnswered?.();
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: async (payload) => this.#take(payload),
      });
    } catch (error) {
      await this.#consumer.disconnect().catch(() => {});
      throw error;
    }
    if (failure !== undefined) throw failure;
  }

  /**
   * When a partition stays with the same member, no other member had it in between. It goes on at its position. KafkaJS
   * would go back to the last commit.
   */
  #join({ memberId, memberAssignment }: ConsumerGroupJoinEvent['payload']): void {
    if (memberId !== this.#memberId) this.#loseAll();
    this.#memberId = memberId;
    const assigned = new Map(placesOf(memberAssignment).map((place) => [nameOf(place), place]));
    for (const [name, partition] of this.#partitions) {
      if (!assigned.has(name)) this.#lose(name, partition);
    }
    for (const [name, place] of assigned) this.#keepOrTake(name, place);
  }

  #keepOrTake(name: string, place: Place): void {
    const kept = this.#partitions.get(name);
    if (kept === undefined) return this.#assign(name, place);
    if (kept.position !== undefined) this.#consumer.seek({ ...place, offset: String(kept.position) });
    void kept.storeAgain();
  }

  #assign(name: string, { topic, partition }: Place): void {
    if (this.#isStopping) return;
    const fetching = [{ topic, partitions: [partition] }];
    // It may have been paused when it was lost.
    this.#consumer.resume(fetching);
    const assigned = new AssignedPartition({
      topic,
      partition,
      after: this.#work.ends.get(name) ?? Promise.resolve(),
      deliver: (batch) => this.#deliver(batch),
      store: (offset) => this.#store({ topic, partition, offset: String(offset) }),
      pause: () => this.#consumer.pause(fetching),
      resume: () => this.#consumer.resume(fetching),
    });
    this.#partitions.set(name, assigned);
  }

  #lose(name: string, partition: AssignedPartition): void {
    partition.lose();
    this.#partitions.delete(name);
    this.#work.ends.set(name, partition.ended);
  }

  #loseAll(): void {
    for (const [name, partition] of this.#partitions) this.#lose(name, partition);
  }

  /** Nothing is awaited here. Messages that are not taken are fetched again. */
  #take({ batch, isStale, resolveOffset }: EachBatchPayload): void {
    const { topic, partition, messages } = batch;
    const assigned = this.#partitions.get(nameOf({ topic, partition }));
    if (assigned === undefined || this.#isStopping || isStale()) return;
    const received = messages.map((message) => toReceived({ topic, partition }, message));
    assigned.take(received, BigInt(batch.lastOffset()) + 1n);
    resolveOffset(batch.lastOffset());
  }

  async #deliver(batch: PartitionBatch): Promise<void> {
    try {
      await this.#work.wanted.onBatch(batch);
    } catch (error) {
      this.#work.onError(error);
    }
  }

  async #store(place: { topic: string; partition: number; offset: string }): Promise<boolean> {
    try {
      await this.#consumer.commitOffsets([place]);
      return true;
    } catch (error) {
      if (!isNotOurs(error)) this.#tell(`committing ${place.topic}/${place.partition}`, error);
      return false;
    }
  }

  #tell(doing: string, error: unknown): void {
    this.#work.onError(kafkaError(`${doing} as ${this.#work.wanted.group}`, error, this.#work.options.brokers));
  }
}

interface Place {
  topic: string;
  partition: number;
}

function settingsOf({ options: { sessionTimeoutMs = DEFAULT_SESSION_MS }, wanted }: ConsumerWork) {
  return {
    groupId: wanted.group,
    allowAutoTopicCreation: false,
    sessionTimeout: sessionTimeoutMs,
    // A live member always answers in time, so the group waits for it no longer than for a dead one.
    rebalanceTimeout: sessionTimeoutMs,
    // Members learn by a heartbeat that somebody joined or left.
    heartbeatInterval: Math.min(500, sessionTimeoutMs / 4),
    maxWaitTimeInMs: MOST_WAIT_MS,
    minBytes: 1,
  };
}

function placesOf(assignment: Readonly<Record<string, readonly number[]>>): Place[] {
  return Object.entries(assignment).flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}

function nameOf({ topic, partition }: Place): string {
  return `${partition} ${topic}`;
}

function toReceived(place: Place, { key, value, headers, offset }: KafkaMessage): Received {
  return {
    ...place,
    offset: BigInt(offset),
    key: key?.toString() ?? '',
    value: value?.toString() ?? '',
    headers: headersOf(headers ?? {}),
  };
}

/** When a name is there several times, the last value counts. */
function headersOf(headers: IHeaders): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) texts[name] = String([value].flat().at(-1) ?? '');
  return texts;
}
