import { randomUUID } from 'node:crypto';

import { onAbort } from '../../../abort/on-abort.js';
import { sleepUnlessAborted } from '../../../abort/sleep-unless-aborted.js';
import type { Database } from '../../../database/index.js';
import { isTablepickError } from '../../../errors.js';
import { Notifier } from '../../notifier.js';
import type { PartitionAssignment, Received, SubscribeOptions, Subscription } from '../../transport.js';
import { OffsetCommits } from './offset-commits.js';
import { placeholders } from '../../../database/placeholders.js';
import { publishWake } from '../../outbox/wakes.js';
import {
  type LeaseHolder,
  type LeasedPartition,
  type PartitionState,
  forgetMember,
  readPartitions,
  releaseLease,
  renewLeases,
  seeMembers,
  takePartition,
} from './partition-leases.js';
import { readMessages } from './read-messages.js';
import { unknownTopic } from '../unknown-topic.js';

/** Settings that a subscription has from its transport. */
export interface TableSubscriptionOptions {
  database: Database;
  leaseMs?: number | undefined;
  batchRows?: number | undefined;
  pollMs?: number | undefined;
}

const SELECT_ENDS =
  'SELECT topic, partition_no AS `partition`, next_offset AS nextOffset FROM message_partition WHERE topic IN ';
/** Shortest wait between two looks, while messages come. */
const BUSY_POLL_MS = 10;

/** Shares the partitions of the topics with the other subscriptions of the group and reads those it holds. */
export async function subscribeToTables(
  options: TableSubscriptionOptions,
  wanted: SubscribeOptions,
): Promise<Subscription & AsyncDisposable> {
  const subscription = new TableSubscription(options, wanted);
  try {
    await subscription.begin();
    return subscription;
  } catch (error) {
    await subscription.stop();
    throw error;
  }
}

interface Reading {
  lease: LeasedPartition;
  assignment: PartitionAssignment;
  /** Offset of the next message. */
  position: number;
  controller: AbortController;
  done: Promise<void>;
  /** Set once it is being given away. */
  given?: Promise<void>;
}

class TableSubscription implements Subscription, AsyncDisposable {
  readonly #options: TableSubscriptionOptions;
  readonly #wanted: SubscribeOptions;
  readonly #holder: LeaseHolder;
  readonly #commits: OffsetCommits;
  readonly #stopping = new AbortController();
  readonly #readings = new Map<string, Reading>();
  /** By partition, a promise that resolves when no batch of any reading of it is under way. */
  readonly #done = new Map<string, Promise<void>>();
  /** Ends of the partitions, as last seen. */
  readonly #ends = new Map<string, number>();
  readonly #notifier = new Notifier(this.#stopping.signal);
  #loops: Promise<unknown> = Promise.resolve();
  #unlisten: () => void = () => {};
  #forget: () => void = () => {};
  #stopped: Promise<void> | undefined;

  constructor(options: TableSubscriptionOptions, wanted: SubscribeOptions) {
    this.#options = options;
    this.#wanted = wanted;
    const { database, leaseMs = 10_000 } = options;
    const { signal } = this.#stopping;
    this.#holder = { database, group: wanted.group, member: randomUUID(), leaseMs, signal };
    this.#commits = new OffsetCommits(this.#holder);
  }

  async begin(): Promise<void> {
    for (const topic of this.#wanted.topics) {
      if ((await readPartitions(this.#holder, [topic])).length === 0) throw unknownTopic(topic);
    }
    const wake = new Notifier(this.#stopping.signal);
    this.#unlisten = publishWake.on(() => wake.notify());
    await this.#share();
    this.#loops = Promise.all([this.#keepSharing(), this.#keepLooking(wake)]);
    this.#forget = onAbort(this.#wanted.signal, () => void this.stop());
    if (this.#wanted.signal?.aborted) await this.stop();
  }

  holds(): { topic: string; partition: number }[] {
    return [...this.#readings.values()].map(({ lease: { topic, partition } }) => ({ topic, partition }));
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #end(): Promise<void> {
    this.#stopping.abort();
    this.#unlisten();
    this.#forget();
    await this.#loops;
    await Promise.all([...this.#readings.values()].map((reading) => this.#give(reading)));
    await Promise.all(this.#done.values());
    for (const topic of this.#wanted.topics) await this.#attempt(() => forgetMember(this.#holder, topic));
  }

  /** Renews leases, takes partitions up to its share, and gives away those beyond it. */
  async #keepSharing(): Promise<void> {
    const everyMs = Math.min(1000, this.#holder.leaseMs / 3);
    while (!this.#stopping.signal.aborted) {
      await this.#pause(everyMs);
      if (!this.#stopping.signal.aborted) await this.#attempt(() => this.#share());
    }
  }

  async #share(): Promise<void> {
    const { topics } = this.#wanted;
    if (topics.length === 0) return;
    await this.#renew([...this.#readings.values()]);
    const members = await seeMembers(this.#holder, topics);
    const states = await readPartitions(this.#holder, topics);
    for (const topic of topics) {
      const partitions = states.filter((state) => state.topic === topic);
      await this.#shareTopic(topic, members.get(topic)!, partitions);
    }
  }

  async #renew(readings: readonly Reading[]): Promise<void> {
    const lost = await renewLeases(
      this.#holder,
      readings.map(({ lease }) => lease),
    );
    for (const reading of readings) if (lost.includes(reading.lease)) this.#lose(reading);
  }

  async #shareTopic(topic: string, members: readonly string[], partitions: readonly PartitionState[]): Promise<void> {
    const mine = partitions.filter(({ partition }) => this.#readings.has(nameOf({ topic, partition })));
    const rank = members.indexOf(this.#holder.member);
    const share = Math.floor(partitions.length / members.length) + (rank < partitions.length % members.length ? 1 : 0);
    for (const { partition } of mine.slice(share)) void this.#give(this.#readings.get(nameOf({ topic, partition }))!);
    // When the process stood still, its own leases may have run out. They are renewed or lost, never taken again.
    const free = partitions.filter((each) => !mine.includes(each) && (each.owner === null || !each.isLeased));
    for (const { partition } of free.slice(0, Math.max(0, share - mine.length))) await this.#take({ topic, partition });
  }

  async #take(place: { topic: string; partition: number }): Promise<void> {
    const lease = await takePartition(this.#holder, place);
    if (lease === undefined || this.#stopping.signal.aborted) return;
    const controller = new AbortController();
    const commit = (offset: bigint): Promise<void> => this.#commits.commit(lease, offset);
    const reading: Reading = {
      lease,
      assignment: { topic: place.topic, partition: place.partition, signal: controller.signal, commit },
      position: lease.committed,
      controller,
      done: Promise.resolve(),
    };
    const name = nameOf(place);
    this.#readings.set(name, reading);
    reading.done = (this.#done.get(name) ?? Promise.resolve()).then(() => this.#read(reading));
    this.#done.set(name, reading.done);
  }

  #give(reading: Reading): Promise<void> {
    reading.given ??= this.#endReading(reading);
    return reading.given;
  }

  /** Ends a reading whose partition was taken. Its batch under way ends before another reading of it begins. */
  #lose(reading: Reading): void {
    this.#remove(reading);
    reading.controller.abort();
    this.#notifier.notify();
  }

  /**
   * Gives the partition away only when the batch under way has ended, so that no other subscription gets its messages
   * meanwhile.
   */
  async #endReading(reading: Reading): Promise<void> {
    reading.controller.abort();
    this.#notifier.notify();
    await reading.done;
    this.#remove(reading);
    await this.#attempt(() => releaseLease(this.#holder, reading.lease));
  }

  /**
   * Removes the reading. When the partition was lost and taken again meanwhile, it belongs to another reading and
   * stays.
   */
  #remove(reading: Reading): void {
    const name = nameOf(reading.lease);
    if (this.#readings.get(name) === reading) this.#readings.delete(name);
  }

  async #read(reading: Reading): Promise<void> {
    const { signal } = reading.controller;
    while (!signal.aborted && !this.#stopping.signal.aborted) {
      const heard = this.#notifier.count;
      const end = this.#ends.get(nameOf(reading.lease)) ?? 0;
      const messages = end > reading.position ? await this.#attempt(() => this.#fetch(reading)) : [];
      if (messages === undefined) await this.#pause(BUSY_POLL_MS * 10);
      else if (messages.length === 0) await this.#notifier.notifiedAfter(heard);
      else if (!signal.aborted) await this.#deliver(reading, messages);
    }
  }

  async #fetch({ lease: { topic, partition }, position }: Reading): Promise<Received[]> {
    const { database, batchRows = 500 } = this.#options;
    const { signal } = this.#stopping;
    return readMessages(database, { topic, partition, from: position, most: batchRows, signal });
  }

  async #deliver(reading: Reading, messages: readonly Received[]): Promise<void> {
    reading.position = Number(messages.at(-1)!.offset) + 1;
    await this.#attempt(() => this.#wanted.onBatch({ assignment: reading.assignment, messages }));
  }

  /**
   * A look is one query for all partitions. When this process publishes, it looks at once. Otherwise the
   * wait grows while nothing comes.
   */
  async #keepLooking(wake: Notifier): Promise<void> {
    let waitMs = 0;
    while (!this.#stopping.signal.aborted) {
      const heard = wake.count;
      const came = await this.#attempt(() => this.#look());
      waitMs = came ? BUSY_POLL_MS : Math.min(this.#options.pollMs ?? 500, Math.max(BUSY_POLL_MS, waitMs * 2));
      await wake.notifiedWithin(heard, waitMs);
    }
  }

  async #look(): Promise<boolean> {
    const { database } = this.#options;
    const { signal } = this.#stopping;
    const { topics } = this.#wanted;
    if (topics.length === 0) return false;
    const ends = await database.query<PartitionEnd>(`${SELECT_ENDS}${placeholders(topics)}`, topics, { signal });
    let came = false;
    for (const { nextOffset, ...place } of ends) {
      came ||= nextOffset > (this.#ends.get(nameOf(place)) ?? 0);
      this.#ends.set(nameOf(place), nextOffset);
    }
    if (came) this.#notifier.notify();
    return came;
  }

  /**
   * Reports a failure, and the loop tries again. When a lease cannot be renewed meanwhile, it runs out and another
   * subscription takes the partition.
   */
  async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isTablepickError(error, 'ABORTED')) this.#wanted.onError?.(error);
      return undefined;
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleepUnlessAborted(ms, this.#stopping.signal);
  }
}

interface PartitionEnd {
  topic: string;
  partition: number;
  nextOffset: number;
}

function nameOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${partition} ${topic}`;
}
