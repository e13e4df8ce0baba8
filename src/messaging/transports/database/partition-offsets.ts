import type { Transaction } from '../../../database/index.js';

/** A partition and the offset of its next message. */
export interface PartitionEnd {
  topic: string;
  partitionNo: number;
  nextOffset: number;
}

/** Names of the tables in SQL, for callers that are perhaps in another schema. */
export interface TableNames {
  partitions: string;
  messages: string;
}

const IS_PARTITION = '(topic = ? AND partition_no = ?)';

/** The tables in the schema of the connection. */
export const OWN_TABLES: TableNames = { partitions: 'message_partition', messages: 'message' };

/**
 * Locks partitions until the end of the transaction, in the order of the primary key, as all publishers do. So offsets
 * of a partition become visible in their order, without gaps.
 */
export async function lockPartitions(
  tx: Transaction,
  { partitions }: TableNames,
  wanted: readonly Pick<PartitionEnd, 'topic' | 'partitionNo'>[],
): Promise<Map<string, PartitionEnd>> {
  const distinct = new Map(wanted.map((place) => [nameOf(place), [place.topic, place.partitionNo]]));
  const sql = `SELECT topic, partition_no AS partitionNo, next_offset AS nextOffset FROM ${partitions}
    WHERE ${Array(distinct.size).fill(IS_PARTITION).join(' OR ')} ORDER BY topic, partition_no FOR UPDATE`;
  const rows = await tx.query<PartitionEnd>(sql, [...distinct.values()].flat());
  return new Map(rows.map((row) => [nameOf(row), row]));
}

/** Stores the new ends of partitions that are locked. */
export async function moveOffsets(
  tx: Transaction,
  { partitions }: TableNames,
  ends: readonly PartitionEnd[],
): Promise<void> {
  const rows = ends.map(() => '(?, ?, ?)').join(', ');
  const values = ends.flatMap(({ topic, partitionNo, nextOffset }) => [topic, partitionNo, nextOffset]);
  const sql = `INSERT INTO ${partitions} (topic, partition_no, next_offset) VALUES ${rows}
    ON DUPLICATE KEY UPDATE next_offset = VALUES(next_offset)`;
  await tx.execute(sql, values);
}

/** A text that names the partition. */
export function nameOf({ topic, partitionNo }: Pick<PartitionEnd, 'topic' | 'partitionNo'>): string {
  return `${partitionNo} ${topic}`;
}
