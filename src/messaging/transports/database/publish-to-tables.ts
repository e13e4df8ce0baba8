import type { Database, SqlValue, Transaction } from '../../../database/index.js';
import { readAsWriter } from '../../../database/read-as-writer.js';
import { TablepickError, isTablepickError } from '../../../errors.js';
import { type WireMessage, refuseLarge } from '../../envelope/message.js';
import { partitionOf } from '../../partition-of.js';
import { OWN_TABLES, lockPartitions, moveOffsets, nameOf } from './partition-offsets.js';
import { publishWake } from '../../outbox/wakes.js';
import { unknownTopic } from '../unknown-topic.js';

const COUNT_PARTITIONS = 'SELECT COUNT(*) AS partitions FROM message_partition WHERE topic = ?';
const INSERT =
  'INSERT INTO message (topic, partition_no, message_offset, message_key, headers, payload, published_at) VALUES ';
const ROW = '(?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))';

/** Payloads and headers of one statement, counted in UTF-16 units. */
const MOST_BYTES = 2_000_000;

interface Placed {
  message: WireMessage;
  partitionNo: number;
}

/** Appends messages to their partitions in one transaction. `partitions` remembers how many each topic has. */
export async function publishToTables(
  database: Database,
  messages: readonly WireMessage[],
  partitions: Map<string, number>,
): Promise<void> {
  if (messages.length === 0) return;
  const placed = await placeAll(database, messages, partitions);
  try {
    await database.transaction((tx) => appendAll(tx, placed));
  } catch (error) {
    if (!isTablepickError(error, 'COMMIT_UNKNOWN', 'CONNECTION_LOST', 'CONFLICT', 'POOL_TIMEOUT')) throw error;
    throw new TablepickError('TRANSPORT_UNAVAILABLE', `publishing ${messages.length} messages: ${error.message}`, {
      retriable: true,
      cause: error,
    });
  } finally {
    publishWake.notify();
  }
}

async function placeAll(
  database: Database,
  messages: readonly WireMessage[],
  partitions: Map<string, number>,
): Promise<Placed[]> {
  for (const topic of new Set(messages.map((message) => message.topic))) {
    if (!partitions.has(topic)) partitions.set(topic, await countPartitions(database, topic));
  }
  return messages.map((message) => {
    refuseLarge(message.value, `a message of ${message.topic}`);
    return { message, partitionNo: partitionOf(message.key, partitions.get(message.topic)!) };
  });
}

/** Resolves with the number of partitions of a topic. */
export async function countPartitions(database: Database, topic: string): Promise<number> {
  // Asks the writer, because messages of a missing topic become dead letters.
  const [row] = await readAsWriter(database, (tx) => tx.query<{ partitions: number }>(COUNT_PARTITIONS, [topic]));
  if (row === undefined || row.partitions === 0) throw unknownTopic(topic);
  return row.partitions;
}

async function appendAll(tx: Transaction, placed: readonly Placed[]): Promise<void> {
  const places = placed.map(({ message: { topic }, partitionNo }) => ({ topic, partitionNo }));
  const partitions = await lockPartitions(tx, OWN_TABLES, places);
  let rows: SqlValue[][] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (rows.length > 0) await tx.execute(`${INSERT}${rows.map(() => ROW).join(', ')}`, rows.flat());
    [rows, bytes] = [[], 0];
  };
  for (const { message, partitionNo } of placed) {
    const partition = partitions.get(nameOf({ topic: message.topic, partitionNo }))!;
    const headers = JSON.stringify(message.headers);
    rows.push([message.topic, partitionNo, partition.nextOffset, message.key, headers, message.value]);
    partition.nextOffset += 1;
    bytes += headers.length + message.value.length;
    if (bytes > MOST_BYTES) await flush();
  }
  await flush();
  await moveOffsets(tx, OWN_TABLES, [...partitions.values()]);
}
