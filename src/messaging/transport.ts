import type { WireMessage } from './envelope/message.js';

/** A topic and the number of its partitions. */
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

/** A partition that a subscription has, from the moment at which it gets it until it loses it. */
export interface PartitionAssignment {
  readonly topic: string;
  readonly partition: number;
  /**
   * Fires when the partition is taken from this subscription, or when the subscription stops. Messages that are not
   * committed by then are delivered again, perhaps elsewhere.
   */
  readonly signal: AbortSignal;
  /**
   * Declares all messages of the partition below `offset` done. After a crash, reading goes on from there. Calls may be
   * lost and may be repeated. Once the signal has fired because the partition was taken, a call changes nothing.
   */
  commit(offset: bigint): Promise<void>;
}

/** Successive messages of one partition, given to a subscription. */
export interface PartitionBatch {
  /**
   * All batches of the partition carry the same object until its signal fires. When the subscription gets the partition
   * again, its batches carry another one. So a subscriber can keep by assignment which messages are done.
   */
  readonly assignment: PartitionAssignment;
  readonly messages: readonly Received[];
}

/** Settings of a subscription. */
export interface SubscribeOptions {
  /** Subscriptions of one group share the partitions; every group gets every message. */
  group: string;
  topics: readonly string[];
  /**
   * Gets the messages of each partition in order. The next ones of the same partition come when it has resolved. Those
   * of other partitions come at any time. However long it takes, the subscription is alive as long as this process is.
   * It must not reject.
   */
  onBatch(batch: PartitionBatch): Promise<void>;
  /** Called with failures of the transport. It tries again by itself. */
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

/** A transport that `await using` closes, as its subscriptions. All of this package are. A transport need not be. */
export interface DisposableTransport extends Transport, AsyncDisposable {
  /** As {@link Transport.subscribe}. */
  subscribe(options: SubscribeOptions): Promise<Subscription & AsyncDisposable>;
}

/** Carries messages from one service to others. */
export interface Transport {
  /** As the user types it: `database`, `kafka`, `memory`. */
  readonly name: string;
  /**
   * Creates the topics that are missing. An existing topic stays as it is, even with another number of partitions,
   * because moved keys would lose their order.
   *
   * @throws `TRANSPORT_UNAVAILABLE`, retriable.
   */
  createTopics(topics: readonly TopicSpec[]): Promise<void>;
  /**
   * Resolves once all messages are stored where no crash of the transport loses them. Messages of one key stay in the
   * order of this list and of successive calls. Calls may overlap. When it rejects, any of the messages may have been
   * stored. Publishing them again makes duplicates, never gaps.
   *
   * @throws `UNKNOWN_TOPIC` or `MESSAGE_TOO_LARGE`, not retriable, when it takes none of them; `TRANSPORT_UNAVAILABLE`,
   * retriable.
   */
  publish(messages: readonly WireMessage[]): Promise<void>;
  /**
   * Delivers every message at least once to each group, from the first one that is kept. Messages of one key come in
   * order. After a crash of a subscription, another one goes on behind its last commit. At most one subscription of a
   * group has a partition, except for moments after one was cut off.
   *
   * @throws `UNKNOWN_TOPIC`; `TRANSPORT_UNAVAILABLE`, retriable.
   */
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** How far a group is behind, by partition. An unknown group is behind by everything. */
  lag(group: string, topics: readonly string[]): Promise<PartitionLag[]>;
  /** Ends subscriptions and connections. */
  close(): Promise<void>;
}
