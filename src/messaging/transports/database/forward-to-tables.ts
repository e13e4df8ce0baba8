import { randomUUID } from 'node:crypto';

import type { Database, Transaction } from '../../../database/index.js';
import { quoteIdentifier } from '../../../database/names.js';
import { TablepickError, isTablepickError } from '../../../errors.js';
import { MOST_VALUE_BYTES, tooLarge } from '../../envelope/message.js';
import type { Forwarding, ForwardingWish, OutboxHead } from '../../forwarding.js';
import { publishWake } from '../../outbox/wakes.js';
import { partitionOf } from '../../partition-of.js';
import { type PartitionEnd, type TableNames, lockPartitions, moveOffsets, nameOf } from './partition-offsets.js';
import { countPartitions } from './publish-to-tables.js';

/** The JSON that `JSON.stringify` makes of the headers of `toOutboxRow`. */
const HEADERS = `CONCAT('{"id":', JSON_QUOTE(o.id), ',"type":', JSON_QUOTE(o.type), ',"aggregate":', JSON_QUOTE(o.aggregatetype),
    ',"schemaVersion":"', o.schema_version, '","attempt":"', o.attempt,
    '","occurredAt":"', SUBSTRING(o.occurred_at, 1, 10), 'T', SUBSTRING(o.occurred_at, 12, 12), 'Z"',
    IF(o.traceparent IS NULL, '', CONCAT(',"traceparent":', JSON_QUOTE(o.traceparent))), '}')`;

// The places are counted without the payloads, which are large. The partitions are locked, so their offsets stay.
const copyRows = (
  { partitions, messages }: TableNames,
  { rows, topics }: { rows: number; topics: number },
): string => `INSERT INTO ${messages} (topic, partition_no, message_offset, message_key, headers, payload, published_at)
  SELECT place.topic, place.partition_no, place.message_offset, o.aggregateid, ${HEADERS}, o.payload, UTC_TIMESTAMP(6)
  FROM (
    SELECT o.seq, p.topic, p.partition_no,
      p.next_offset - 1 + ROW_NUMBER() OVER (PARTITION BY p.topic, p.partition_no ORDER BY o.seq) AS message_offset
    FROM outbox o FORCE INDEX (PRIMARY) STRAIGHT_JOIN ${partitions} p ON p.topic = CONCAT(?, o.aggregatetype)
      AND p.partition_no = CRC32(o.aggregateid) % CASE o.aggregatetype ${'WHEN ? THEN ? '.repeat(topics)}END
    WHERE o.seq IN (${Array(rows).fill('?').join(', ')})
  ) place STRAIGHT_JOIN outbox o ON o.seq = place.seq
  ORDER BY place.topic, place.partition_no, place.message_offset`;

/** Writes nothing. It fails when the tables are not there or may not be written. */
const tryToWrite = ({ partitions, messages }: TableNames): string[] => [
  `INSERT INTO ${messages} (topic, partition_no, message_offset, message_key, headers, payload, published_at)
    SELECT topic, partition_no, next_offset, '', '', '', UTC_TIMESTAMP(6) FROM ${partitions} WHERE FALSE`,
  `INSERT INTO ${partitions} (topic, partition_no, next_offset)
    SELECT topic, partition_no, next_offset FROM ${partitions} WHERE FALSE
    ON DUPLICATE KEY UPDATE next_offset = VALUES(next_offset)`,
  `SELECT 1 FROM ${partitions} WHERE FALSE FOR UPDATE`,
];

/** Opens the forwarding to the tables of `database`, as `OpenForwarding` says. */
export async function openTableForwarding(
  database: Database,
  partitions: Map<string, number>,
  { outbox, topicPrefix }: ForwardingWish,
): Promise<Forwarding | undefined> {
  const schema = quoteIdentifier(database.server.database);
  const tables = { partitions: `${schema}.message_partition`, messages: `${schema}.message` };
  if (!(await areOnOneServer(database, outbox)) || !(await mayWrite(outbox, tables))) return undefined;
  return { forward: (tx, rows) => forwardRows(tx, rows, { database, partitions, tables, topicPrefix }) };
}

/**
 * A lock of one connection is seen by the other one only on the same server. An id of the server would not do, because
 * copies of a data folder have the same.
 */
function areOnOneServer(database: Database, outbox: Database): Promise<boolean> {
  const name = `tablepick ${randomUUID()}`;
  return database.session(async (session) => {
    await session.query('SELECT GET_LOCK(?, 0)', [name]);
    try {
      const [row] = await outbox.query<{ holder: number | null }>('SELECT IS_USED_LOCK(?) AS holder', [name]);
      return row?.holder === session.connectionId;
    } finally {
      await session.query('SELECT RELEASE_LOCK(?)', [name]);
    }
  });
}

async function mayWrite(outbox: Database, tables: TableNames): Promise<boolean> {
  try {
    await outbox.transaction(async (tx) => {
      for (const sql of tryToWrite(tables)) await tx.execute(sql);
    });
    return true;
  } catch (error) {
    if (isTablepickError(error) && !error.retriable) return false;
    throw error;
  }
}

interface ForwardingContext {
  database: Database;
  /** Remembers how many partitions each topic has. */
  partitions: Map<string, number>;
  tables: TableNames;
  topicPrefix: string;
}

async function forwardRows(
  tx: Transaction,
  rows: readonly OutboxHead[],
  context: ForwardingContext,
): Promise<Map<OutboxHead, TablepickError>> {
  const { tables, topicPrefix } = context;
  const counts = await countAll(rows, context);
  const refused = new Map<OutboxHead, TablepickError>();
  const placed: { seq: number; place: Omit<PartitionEnd, 'nextOffset'> }[] = [];
  for (const row of rows) {
    const count = counts.get(row.topic)!;
    const topic = `${topicPrefix}${row.topic}`;
    if (count instanceof TablepickError) refused.set(row, count);
    else if (row.bytes > MOST_VALUE_BYTES) refused.set(row, tooLarge(`a message of ${topic}`, row.bytes));
    else placed.push({ seq: row.seq, place: { topic, partitionNo: partitionOf(row.key, count) } });
  }
  if (placed.length === 0) return refused;
  const ends = await lockPartitions(
    tx,
    tables,
    placed.map(({ place }) => place),
  );
  const known = [...counts].filter(([, count]) => typeof count === 'number') as [string, number][];
  const seqs = placed.map(({ seq }) => seq);
  const sql = copyRows(tables, { rows: seqs.length, topics: known.length });
  const { affectedRows } = await tx.execute(sql, [topicPrefix, ...known.flat(), ...seqs]);
  if (affectedRows !== seqs.length) throw new Error(`${affectedRows} of ${seqs.length} rows were copied`);
  for (const { place } of placed) ends.get(nameOf(place))!.nextOffset += 1;
  await moveOffsets(tx, tables, [...ends.values()]);
  tx.afterCommit(() => publishWake.notify());
  return refused;
}

/** The number of partitions of each topic, or why it has none. */
async function countAll(
  rows: readonly OutboxHead[],
  { database, partitions, topicPrefix }: ForwardingContext,
): Promise<Map<string, number | TablepickError>> {
  const counts = new Map<string, number | TablepickError>();
  for (const topic of new Set(rows.map((row) => row.topic))) {
    counts.set(topic, await countKnown(database, partitions, `${topicPrefix}${topic}`));
  }
  return counts;
}

async function countKnown(
  database: Database,
  partitions: Map<string, number>,
  topic: string,
): Promise<number | TablepickError> {
  try {
    const count = partitions.get(topic) ?? (await countPartitions(database, topic));
    partitions.set(topic, count);
    return count;
  } catch (error) {
    if (isTablepickError(error, 'UNKNOWN_TOPIC')) return error;
    throw error;
  }
}
