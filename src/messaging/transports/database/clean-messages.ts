import { sleepUnlessAborted } from '../../../abort/sleep-unless-aborted.js';
import type { Database } from '../../../database/index.js';
import { readAsWriter } from '../../../database/read-as-writer.js';

/** Settings of a clean-up in steps. */
export interface CleaningSteps {
  olderThanMs: number;
  stepRows: number;
  pauseMs: number;
  signal: AbortSignal | undefined;
}

interface Partition {
  topic: string;
  partitionNo: number;
  /** Every group has read all messages below this offset. */
  read: number;
}

// When a group has read something of a topic, or reads it now, it counts on every partition of the topic.
const SELECT_PARTITIONS = `SELECT p.topic, p.partition_no AS partitionNo,
    MIN(CASE WHEN a.consumer_group IS NULL THEN p.next_offset ELSE COALESCE(g.committed_offset, 0) END) AS \`read\`
  FROM message_partition p
  LEFT JOIN (SELECT DISTINCT consumer_group, topic FROM message_group WHERE committed_offset > 0 OR lease_until > UTC_TIMESTAMP(6)) a
    ON a.topic = p.topic
  LEFT JOIN message_group g ON g.consumer_group = a.consumer_group AND g.topic = p.topic AND g.partition_no = p.partition_no
  GROUP BY p.topic, p.partition_no`;
// The primary key answers it from the old end of the partition.
const FIND_OLD = `SELECT message_offset AS messageOffset, published_at < UTC_TIMESTAMP(6) - INTERVAL ? * 1000 MICROSECOND AS isOld
  FROM message WHERE topic = ? AND partition_no = ? AND message_offset < ? ORDER BY message_offset LIMIT ?`;
const DELETE_OLD = 'DELETE FROM message WHERE topic = ? AND partition_no = ? AND message_offset <= ?';

/** Removes messages that were published long ago, when every group has read them. */
export async function cleanMessages(database: Database, options: CleaningSteps): Promise<number> {
  let removed = 0;
  // A group that the server does not know yet has read nothing.
  for (const partition of await readAsWriter(database, (tx) => tx.query<Partition>(SELECT_PARTITIONS))) {
    removed += await cleanPartition(database, partition, options);
  }
  return removed;
}

async function cleanPartition(
  database: Database,
  { topic, partitionNo, read }: Partition,
  { olderThanMs, stepRows, pauseMs, signal }: CleaningSteps,
): Promise<number> {
  let removed = 0;
  while (!signal?.aborted) {
    const rows = await database.query<{ messageOffset: number; isOld: number }>(FIND_OLD, [
      olderThanMs,
      topic,
      partitionNo,
      read,
      stepRows,
    ]);
    const firstYoung = rows.findIndex(({ isOld }) => !isOld);
    const old = firstYoung === -1 ? rows : rows.slice(0, firstYoung);
    const last = old.at(-1);
    if (last === undefined) return removed;
    const values = [topic, partitionNo, last.messageOffset];
    removed += (await database.transaction((tx) => tx.execute(DELETE_OLD, values))).affectedRows;
    if (old.length < stepRows) return removed;
    await sleepUnlessAborted(pauseMs, signal);
  }
  return removed;
}
