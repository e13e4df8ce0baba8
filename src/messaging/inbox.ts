import { type Database, type Transaction, placeholders } from '../database/index.js';

const INSERT =
  'INSERT INTO inbox (consumer_group, message_id) VALUES (?, ?) ON DUPLICATE KEY UPDATE message_id = message_id';

/**
 * Notes in the transaction of a message's effect that the group has handled it; false when it had before: then nothing may be written. Who comes second
 * waits for the first one's end.
 */
export async function noteHandled(tx: Transaction, group: string, messageId: string): Promise<boolean> {
  const { affectedRows } = await tx.execute(INSERT, [group, messageId]);
  return affectedRows === 1;
}

/** Which of the messages the group has handled, or has among its dead letters: they need not be handled when they come again. */
export async function findSettled(
  database: Pick<Database, 'query'>,
  group: string,
  messageIds: readonly string[],
): Promise<Set<string>> {
  if (messageIds.length === 0) return new Set();
  const ids = placeholders(messageIds);
  const sql = `SELECT message_id AS id FROM inbox WHERE consumer_group = ? AND message_id IN ${ids}
    UNION ALL SELECT message_id FROM dead_letter WHERE consumer_group = ? AND state <> 'REDRIVEN' AND message_id IN ${ids}`;
  const rows = await database.query<{ id: string }>(sql, [group, ...messageIds, group, ...messageIds]);
  return new Set(rows.map(({ id }) => id));
}
