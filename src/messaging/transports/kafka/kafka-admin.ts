import { setTimeout as sleep } from 'node:timers/promises';

import type { Admin } from 'kafkajs';

import type { PartitionLag, TopicSpec } from '../../transport.js';
import { type KafkaTransportOptions, openKafka } from './kafka-client.js';
import { kafkaError } from './kafka-errors.js';

/** A topic as `admin.fetchOffsets` returns it. */
interface Committed {
  topic: string;
  partitions: readonly { partition: number; offset: string }[];
}

/** The brokers' default. @source Kafka documentation, KIP-464. */
const DEFAULT_REPLICAS = -1;

/** Longest wait until a new topic is known and has leaders. */
const KNOWN_WITHIN_MS = 5000;

/**
 * As `Transport.createTopics`. Existing topics are not created again, so a program without the right to create topics
 * can start.
 */
export async function createKafkaTopics(options: KafkaTransportOptions, topics: readonly TopicSpec[]): Promise<void> {
  const doing = `creating ${topics.map(({ topic }) => topic).join(', ')}`;
  await withAdmin(options, doing, async (admin) => {
    for (const { topic, partitions } of topics) {
      if (await isKnown(admin, topic)) continue;
      const spec = { topic, numPartitions: partitions, replicationFactor: DEFAULT_REPLICAS };
      await admin.createTopics({ topics: [spec], waitForLeaders: false });
      await waitUntilKnown(admin, topic);
    }
  });
}

/** Waits, because another broker may learn of a new topic later. */
async function waitUntilKnown(admin: Admin, topic: string): Promise<void> {
  const deadline = Date.now() + KNOWN_WITHIN_MS;
  while (!(await isKnown(admin, topic))) {
    if (Date.now() > deadline) throw new Error(`the brokers do not know ${topic} yet`);
    await sleep(50);
  }
}

/** False also when the brokers do not answer. The next request says why. */
async function isKnown(admin: Admin, topic: string): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
  } catch {
    return false;
  }
}

/** As `Transport.lag`. */
export async function readKafkaLag(
  options: KafkaTransportOptions,
  group: string,
  topics: readonly string[],
): Promise<PartitionLag[]> {
  return withAdmin(options, `reading how far ${group} is`, async (admin) => {
    const committed = await admin.fetchOffsets({ groupId: group, topics: [...topics] });
    const lags = topics.map(async (topic) => lagOf(topic, await admin.fetchTopicOffsets(topic), committed));
    return (await Promise.all(lags)).flat();
  });
}

function lagOf(
  topic: string,
  ends: Awaited<ReturnType<Admin['fetchTopicOffsets']>>,
  committed: readonly Committed[],
): PartitionLag[] {
  const partitions = committed.find((found) => found.topic === topic)?.partitions ?? [];
  const offsets = new Map(partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
  return ends
    .map(({ partition, low, high }) => {
      const from = offsets.get(partition) ?? -1n;
      // When nothing is committed, or the next messages are not kept any more, reading begins with the first that is
      // kept.
      const position = from < BigInt(low) ? BigInt(low) : from;
      return { topic, partition, lag: Number(BigInt(high) - position) };
    })
    .sort((one, other) => one.partition - other.partition);
}

async function withAdmin<T>(
  options: KafkaTransportOptions,
  doing: string,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = (await openKafka(options)).admin();
  try {
    await admin.connect();
    return await work(admin);
  } catch (error) {
    throw kafkaError(doing, error, options.brokers);
  } finally {
    // The work is done, or its error is thrown.
    await admin.disconnect().catch(() => {});
  }
}
