import type { WireMessage } from './envelope/message.js';

/** A topic and into how many partitions its keys are spread. */
export interface TopicSpec {
  topic: string;
  /** 1 or more. */
  partitions: number;
}

/** A message with its place in its partition. */
export interface Received extends WireMessage {
  partition: number;
  /** Grows along the partition. */
  offset: bigint;
}

/** Successive messages of one partition, given to a subscription. */
export interface PartitionBatch {
  topic: string;
  partition: number;
  messages: readonly Received[];
  /**
   * Declares all messages of the partition below `offset` done: after a crash it goes on from there. Calls may be lost
   * and may be repeated; one of a subscription that has lost the partition changes nothing.
   */
  commit(offset: bigint): Promise<void>;
  /**
   * Fires when the partition was taken from this subscription, or it stops: what is not committed by then is delivered
   * again, perhaps elsewhere. All batches of the partition have the same one until then.
   */
  signal: AbortSignal;
}

/** Who wants which messages. */
export interface SubscribeOptions {
  /** Subscriptions of one group share the partitions; every group gets every message. */
  group: string;
  topics: readonly string[];
  /**
   * Is given the messages of each partition in order. The next ones of the same partition come when it has resolved,
   * those of other partitions at any time; it is alive as long as this process is, however long it takes. It must not
   * reject.
   */
  onBatch(batch: PartitionBatch): Promise<void>;
  /** Told of what the transport could not do and tries again by itself. */
  onError?: ((error: unknown) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** A subscription at work. */
export interface Subscription {
  /** The partitions it has at present. */
  holds(): readonly { topic: string; partition: number }[];
  /** Ends it; resolves when no batch is under way any more. */
  stop(): Promise<void>;
}

/** How far a group is behind on one partition. */
export interface PartitionLag {
  topic: string;
  partition: number;
  /** Messages that are not committed. */
  lag: number;
}

/** Carries messages from one service to others. */
export interface Transport {
  /** As the user types it: `database`, `kafka`, `memory`. */
  readonly name: string;
  /**
   * Creates the topics that are missing. One that is there stays as it is, also with other partitions: moving keys
   * would break their order.
   *
   * @throws `TRANSPORT_UNAVAILABLE`, retriable.
   */
  createTopics(topics: readonly TopicSpec[]): Promise<void>;
  /**
   * Resolves once all of them are stored where no crash of the transport loses them. Messages of one key stay in the
   * order of this list, and of calls made one after another; calls may overlap. When it rejects, any of them may have
   * been stored: publishing them again makes duplicates, never gaps.
   *
   * @throws `UNKNOWN_TOPIC` or `MESSAGE_TOO_LARGE`, not retriable, when it takes none of them; `TRANSPORT_UNAVAILABLE`,
   * retriable.
   */
  publish(messages: readonly WireMessage[]): Promise<void>;
  /**
   * Delivers every message at least once to each group, from the first one that is kept, and those of one key in order:
   * after a crash of a subscription another one goes on behind its last commit. At most one subscription of a group has
   * a partition, but for moments after one was cut off.
   *
   * @throws `UNKNOWN_TOPIC`; `TRANSPORT_UNAVAILABLE`, retriable.
   */
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** How far a group is behind, by partition. A group that never was is behind by everything. */
  lag(group: string, topics: readonly string[]): Promise<PartitionLag[]>;
  /** Ends subscriptions and connections. */
  close(): Promise<void>;
}
