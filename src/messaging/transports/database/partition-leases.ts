import type { Database, TransactionOptions } from '../../../database/index.js';
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
const SEE = `INSERT INTO message_member (consumer_group, topic, member, seen_until) VALUES (?, ?, ?, ${LEASE})
  ON DUPLICATE KEY UPDATE seen_until = VALUES(seen_until)`;
const FORGET = 'DELETE FROM message_member WHERE consumer_group = ? AND topic = ? AND member = ?';
// Who asks is there, even when its process stood still after it was noted.
const SELECT_MEMBERS = `SELECT member FROM message_member
  WHERE consumer_group = ? AND topic = ? AND (seen_until > UTC_TIMESTAMP(6) OR member = ?) ORDER BY member`;
const SELECT_PARTITIONS = `SELECT p.partition_no AS \`partition\`, g.owner, g.committed_offset AS committed, g.epoch,
    COALESCE(g.lease_until > UTC_TIMESTAMP(6), FALSE) AS isLeased
  FROM message_partition p LEFT JOIN message_group g
    ON g.consumer_group = ? AND g.topic = p.topic AND g.partition_no = p.partition_no
  WHERE p.topic = ? ORDER BY p.partition_no`;
const ADD = `INSERT INTO message_group (consumer_group, topic, partition_no) VALUES (?, ?, ?)
  ON DUPLICATE KEY UPDATE topic = VALUES(topic)`;
// The first one takes it. The second one finds another owner.
const TAKE = `UPDATE message_group SET owner = ?, epoch = epoch + 1, lease_until = ${LEASE}
  WHERE consumer_group = ? AND topic = ? AND partition_no = ? AND (owner IS NULL OR lease_until <= UTC_TIMESTAMP(6))`;
const READ = `SELECT committed_offset AS committed, epoch FROM message_group
  WHERE consumer_group = ? AND topic = ? AND partition_no = ? AND owner = ?`;
const RENEW = `UPDATE message_group SET lease_until = ${LEASE}
  WHERE consumer_group = ? AND topic = ? AND partition_no = ? AND owner = ? AND epoch = ?`;
const RELEASE = `UPDATE message_group SET owner = NULL, lease_until = NULL
  WHERE consumer_group = ? AND topic = ? AND partition_no = ? AND owner = ? AND epoch = ?`;
// When a group has read nothing, its row is removed.
const REMOVE_UNREAD = `DELETE FROM message_group WHERE consumer_group = ? AND topic = ? AND partition_no = ?
  AND owner IS NULL AND committed_offset = 0`;
const FORGET_DEAD =
  'DELETE FROM message_member WHERE consumer_group = ? AND topic = ? AND seen_until < UTC_TIMESTAMP(6) - INTERVAL 1 HOUR';
// An earlier owner has another epoch, so its commit changes nothing.
const COMMIT = `UPDATE message_group SET committed_offset = ?
  WHERE consumer_group = ? AND topic = ? AND partition_no = ? AND owner = ? AND epoch = ? AND committed_offset < ?`;

/** A partition of a topic as the tables have it. */
export interface PartitionState {
  partition: number;
  owner: string | null;
  isLeased: number;
}

/** Notes that the subscription is there. Resolves with all members that are there. */
export async function seeMembers(
  { database, group, member, leaseMs, signal }: LeaseHolder,
  topic: string,
): Promise<string[]> {
  await database.transaction((tx) => tx.execute(SEE, [group, topic, member, leaseMs]), { signal });
  const rows = await database.query<{ member: string }>(SELECT_MEMBERS, [group, topic, member], { signal });
  return rows.map((row) => row.member);
}

/** Removes the subscription from the members. */
export async function forgetMember({ database, group, member }: LeaseHolder, topic: string): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.execute(FORGET, [group, topic, member]);
    await tx.execute(FORGET_DEAD, [group, topic]);
  }, BRIEFLY);
}

/** Every partition of the topic, and who holds it. */
export function readPartitions({ database, group, signal }: LeaseHolder, topic: string): Promise<PartitionState[]> {
  return queryWriterIfEmpty<PartitionState>(database, SELECT_PARTITIONS, { values: [group, topic], signal });
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

/** Renews the lease. False when another subscription has the partition by now. */
export async function renewLease(
  { database, group, member, leaseMs, signal }: LeaseHolder,
  { topic, partition, epoch }: LeasedPartition,
): Promise<boolean> {
  const values = [leaseMs, group, topic, partition, member, epoch];
  return database.transaction(async (tx) => (await tx.execute(RENEW, values)).affectedRows === 1, { signal });
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

/**
 * Stores how far the group has read. When the partition has another owner by now, nothing changes. A failed commit is
 * repeated later, with the same offset or a larger one.
 */
export async function commitOffset(
  { database, group, member }: LeaseHolder,
  { topic, partition, epoch }: LeasedPartition,
  offset: bigint,
): Promise<void> {
  const values = [offset, group, topic, partition, member, epoch, offset];
  await database.transaction((tx) => tx.execute(COMMIT, values), BRIEFLY);
}
