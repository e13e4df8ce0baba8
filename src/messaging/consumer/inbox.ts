import type { Database, Transaction } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';

const INSERT = `INSERT INTO inbox (consumer_group, message_id, handled_at) VALUES (?, ?, UTC_TIMESTAMP(6))
  ON DUPLICATE KEY UPDATE message_id = message_id`;

/**
 * Notes in the transaction of a message's effect that the group has handled it; false when it had before: then nothing
 * may be written. Who comes second waits for the first one's end.
 */
export async function noteHandled(tx: Transaction, group: string, messageId: string): Promise<boolean> {
  const { affectedRows } = await tx.execute(INSERT, [group, messageId]);
  return affectedRows === 1;
}

/** What a message may be called: the columns hold nothing else, and some servers refuse to compare. */
const ID = /^[!-~]{1,64}$/;

/**
 * Which of the messages the group has handled, or has among its dead letters: they need not be handled when they come
 * again.
 */
export async function findSettled(
  { database, group, signal }: { database: Pick<Database, 'query'>; group: string; signal: AbortSignal },
  messageIds: readonly string[],
): Promise<Set<string>> {
  const named = messageIds.filter((id) => ID.test(id));
  if (named.length === 0) return new Set();
  const ids = placeholders(named);
  const sql = `SELECT message_id AS id FROM inbox WHERE consumer_group = ? AND message_id IN ${ids}
    UNION ALL SELECT message_id FROM dead_letter WHERE consumer_group = ? AND state <> 'REDRIVEN' AND message_id IN ${ids}`;
  const rows = await database.query<{ id: string }>(sql, [group, ...named, group, ...named], { signal });
  return new Set(rows.map(({ id }) => id));
}

/** Whether the group has handled the message. A dead letter is not handled: it may be redriven. */
export async function isHandled(database: Pick<Database, 'query'>, group: string, messageId: string): Promise<boolean> {
  const rows = await database.query('SELECT 1 FROM inbox WHERE consumer_group = ? AND message_id = ?', [
    group,
    messageId,
  ]);
  return rows.length > 0;
}
