import type { Database } from '../../../database/index.js';
import type { Received } from '../../transport.js';

/** Which messages of a partition to read. */
export interface MessagesToRead {
  topic: string;
  partition: number;
  /** Offset of the first. */
  from: number;
  most: number;
  signal: AbortSignal;
}

interface Row {
  messageOffset: number;
  key: string;
  headers: string;
  value: string;
}

const SELECT = `SELECT message_offset AS messageOffset, message_key AS \`key\`, headers, payload AS value
  FROM message WHERE topic = ? AND partition_no = ? AND message_offset >= ? ORDER BY message_offset LIMIT ?`;

/** Reads the next messages of a partition, in order. */
export async function readMessages(
  database: Database,
  { topic, partition, from, most, signal }: MessagesToRead,
): Promise<Received[]> {
  const rows = await database.query<Row>(SELECT, [topic, partition, from, most], { signal });
  return rows.map(({ messageOffset, key, headers, value }) => ({
    topic,
    partition,
    offset: BigInt(messageOffset),
    key,
    headers: JSON.parse(headers) as Record<string, string>,
    value,
  }));
}
