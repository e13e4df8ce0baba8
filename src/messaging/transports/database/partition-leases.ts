import type { Database, TransactionOptions } from '../../../database/index.js';
import { placeholders } from '../../../database/placeholders.js';
import { queryWriterIfEmpty } from '../../../database/read-as-writer.js';
import { NO_RETRY, defaultRetryBudgets } from '../../../retry.js';

/** A subscription that asks for partitions. */
export interface LeaseHolder {
  database: Database;
  group: string;
  member: string;
  leaseMs: number;
  /**
   * Once it fires, nothing is waited for any more. A subscription that stops gives back the leases it can. The others
   * run out.
   */
  signal: AbortSignal;
}

/** A partition that a subscription holds. */
export interface LeasedPartition {
  topic: string;
  partition: number;
  /** Where reading begins. */
  committed: number;
  epoch: number;
}

/**
 * Conflicts are tried again, because they are over in a moment. When the server is away, nothing waits for it: this
 * work is done when stopping, or is repeated later anyway.
 */
const BRIEFLY: TransactionOptions = { retry: { ...defaultRetryBudgets, connection: NO_RETRY } };

const LEASE = 'UTC_TIMESTAMP(6) + INTERVAL ? * 1000 MICROSECOND';
const SEE = (topics: number): string => `INSERT INTO message_member (consumer_group, topic, member, seen_until)
  VALUES ${Array(topics).fill(`(?, ?, ?, ${LEASE})`).join(', ')} ON DUPLICATE KEY UPDATE seen_until = VALUES(seen_until)`;
const FORGET = 'DELETE FROM message_member WHERE consumer_group = ? AND topic = ? AND member = ?';
// Who asks is there, even when its process stood still after it was noted.
const SELECT_MEMBERS = (topics: readonly string[]): string => `SELECT topic, member FROM message_member
  WHERE consumer_group = ? AND topic IN ${placeholders(topics)} AND (seen_until > UTC_TIMESTAMP(6) OR member = ?)
  ORDER BY topic, member`;
const SELECT_PARTITIONS = (
  topics: readonly string[],
): string => `SELECT p.topic, p.partition_no AS \`partition\`, g.owner, g.committed_offset AS committed, g.epoch,
    COALESCE(g.lease_until > UTC_TIMESTAMP(6), FALSE) AS isLeased
  FROM message_partition p LEFT JOIN message_group g
    ON g.consumer_group = ? AND g.topic = p.topic AND g.partition_no = p.partition_no
  WHERE p.topic IN ${placeholders(topics)} ORDER BY p.topic, p.partition_no`;
const ADD = `INSERT INTO message_group (consumer_group, topic, partition_no) VALUES (?, ?, ?)
  ON DUPLICATE KEY UPDATE topic = VALUES(topic)`;
// The first one takes it. The second one finds another owner.
const TAKE = `UPDATE message_group SET owner = ?, epoch = epoch + 1, lease_until = ${LEASE}
  WHERE consumer_group = ? AND topic = ? AND partition_no = ? AND (owner IS NULL OR lease_until <= UTC_TIMESTAMP(6))`;
const READ = `SELECT committed_offset AS committed, epoch FROM message_group
  WHERE consumer_group = ? AND topic = ? AND partition_no = ? AND owner = ?`;
const IS_LEASE = '(topic = ? AND partition_no = ? AND epoch = ?)';
const RENEW = (leases: number): string => `UPDATE message_group SET lease_until = ${LEASE}
  WHERE consumer_group = ? AND owner = ? AND (${Array(leases).fill(IS_LEASE).join(' OR ')})`;
const READ_OWN = `SELECT topic, partition_no AS \`partition\`, epoch FROM message_group
  WHERE consumer_group = ? AND owner = ?`;
const RELEASE = `UPDATE message_group SET owner = NULL, lease_until = NULL
  WHERE consumer_group = ? AND topic = ? AND partition_no = ? AND owner = ? AND epoch = ?`;
// When a group has read nothing, its row is removed.
const REMOVE_UNREAD = `DELETE FROM message_group WHERE consumer_group = ? AND topic = ? AND partition_no = ?
  AND owner IS NULL AND committed_offset = 0`;
const FORGET_DEAD =
  'DELETE FROM message_member WHERE consumer_group = ? AND topic = ? AND seen_until < UTC_TIMESTAMP(6) - INTERVAL 1 HOUR';
// An earlier owner has another epoch, so its commit changes nothing.
const COMMIT = (offsets: number): string => `UPDATE message_group
  SET committed_offset = CASE ${'WHEN topic = ? AND partition_no = ? THEN ? '.repeat(offsets)}END
  WHERE consumer_group = ? AND owner = ? AND (${Array(offsets).fill(IS_BEHIND).join(' OR ')})`;
const IS_BEHIND = '(topic = ? AND partition_no = ? AND epoch = ? AND committed_offset < ?)';

/** A partition of a topic as the tables have it. */
export interface PartitionState {
  topic: string;
  partition: number;
  owner: string | null;
  isLeased: number;
}

/** Notes that the subscription is there. Resolves with all members that are there, by topic. */
export async function seeMembers(
  { database, group, member, leaseMs, signal }: LeaseHolder,
  topics: readonly string[],
): Promise<Map<string, string[]>> {
  const values = topics.toSorted().flatMap((topic) => [group, topic, member, leaseMs]);
  await database.transaction((tx) => tx.execute(SEE(topics.length), values), { signal });
  const rows = await database.query<{ topic: string; member: string }>(
    SELECT_MEMBERS(topics),
    [group, ...topics, member],
    { signal },
  );
  const members = new Map<string, string[]>(topics.map((topic) => [topic, []]));
  for (const row of rows) members.get(row.topic)!.push(row.member);
  return members;
}

/** Removes the subscription from the members. */
export async function forgetMember({ database, group, member }: LeaseHolder, topic: string): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.execute(FORGET, [group, topic, member]);
    await tx.execute(FORGET_DEAD, [group, topic]);
  }, BRIEFLY);
}

/** Every partition of the topics, and who holds it. */
export function readPartitions(
  { database, group, signal }: LeaseHolder,
  topics: readonly string[],
): Promise<PartitionState[]> {
  return queryWriterIfEmpty<PartitionState>(database, SELECT_PARTITIONS(topics), {
    values: [group, ...topics],
    signal,
  });
}

/** Takes a partition that is free or whose lease has run out. Undefined when another subscription was faster. */
export async function takePartition(
  { database, group, member, leaseMs, signal }: LeaseHolder,
  { topic, partition }: { topic: string; partition: number },
): Promise<LeasedPartition | undefined> {
  const place = [group, topic, partition] as const;
  return database.transaction(
    async (tx) => {
      await tx.execute(ADD, place);
      await tx.execute(TAKE, [member, leaseMs, ...place]);
      const [row] = await tx.query<{ committed: number; epoch: number }>(READ, [...place, member]);
      return row && { topic, partition, ...row };
    },
    { signal },
  );
}

/** Renews leases. Resolves with those that are lost: another subscription has their partitions by now. */
export async function renewLeases(
  { database, group, member, leaseMs, signal }: LeaseHolder,
  leases: readonly LeasedPartition[],
): Promise<LeasedPartition[]> {
  if (leases.length === 0) return [];
  const values = leases.flatMap(({ topic, partition, epoch }) => [topic, partition, epoch]);
  const sql = RENEW(leases.length);
  return database.transaction(
    async (tx) => {
      const { affectedRows } = await tx.execute(sql, [leaseMs, group, member, ...values]);
      if (affectedRows === leases.length) return [];
      const own = await tx.query<Pick<LeasedPartition, 'topic' | 'partition' | 'epoch'>>(READ_OWN, [group, member]);
      return leases.filter((lease) => !own.some((row) => isSameLease(row, lease)));
    },
    { signal },
  );
}

function isSameLease(
  one: Pick<LeasedPartition, 'topic' | 'partition' | 'epoch'>,
  { topic, partition, epoch }: LeasedPartition,
): boolean {
  return one.topic === topic && one.partition === partition && one.epoch === epoch;
}

/** Gives the partition back. */
export async function releaseLease(
  { database, group, member }: LeaseHolder,
  { topic, partition, epoch }: LeasedPartition,
): Promise<void> {
  await database.transaction(async (tx) => {
    const { affectedRows } = await tx.execute(RELEASE, [group, topic, partition, member, epoch]);
    if (affectedRows === 1) await tx.execute(REMOVE_UNREAD, [group, topic, partition]);
  }, BRIEFLY);
}

/** A partition and the offset below which all its messages are done. */
export interface LeasedOffset {
  lease: LeasedPartition;
  offset: bigint;
}

/**
 * Stores how far the group has read some partitions, each once. Where a partition has another owner by now, nothing
 * changes. A failed commit is repeated later, with the same offsets or larger ones.
 */
export async function commitOffsets(
  { database, group, member }: LeaseHolder,
  offsets: readonly LeasedOffset[],
): Promise<void> {
  const values = [
    ...offsets.flatMap(({ lease: { topic, partition }, offset }) => [topic, partition, offset]),
    group,
    member,
    ...offsets.flatMap(({ lease: { topic, partition, epoch }, offset }) => [topic, partition, epoch, offset]),
  ];
  await database.transaction((tx) => tx.execute(COMMIT(offsets.length), values), BRIEFLY);
}
