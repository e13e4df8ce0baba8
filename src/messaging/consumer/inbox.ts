import type { Database, Transaction } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';

const INSERT = 'INSERT INTO inbox (consumer_group, message_id, handled_at) VALUES ';
const ROW = '(?, ?, UTC_TIMESTAMP(6))';
const KEEP = ' ON DUPLICATE KEY UPDATE message_id = message_id';
const SELECT = 'SELECT message_id AS id FROM inbox WHERE consumer_group = ? AND message_id IN ';

/** Messages of a group, by id. */
export interface GroupMessages {
  group: string;
  messageIds: readonly string[];
}

/**
 * Notes that the group has handled a message, in the transaction of the message's effect. When it resolves with false,
 * the message was handled before and nothing may be written. When two do this at once, the second waits for the end of
 * the first transaction.
 */
export async function noteHandled(tx: Transaction, group: string, messageId: string): Promise<boolean> {
  return (await noteAllHandled(tx, { group, messageIds: [messageId] })) === 1;
}

/**
 * As {@link noteHandled}, for distinct messages. Resolves with how many were not noted before. They are written in the
 * order of their ids, so two batches never wait for each other in a circle.
 */
export async function noteAllHandled(tx: Transaction, { group, messageIds }: GroupMessages): Promise<number> {
  if (messageIds.length === 0) return 0;
  const values = messageIds.toSorted().flatMap((id) => [group, id]);
  const { affectedRows } = await tx.execute(`${INSERT}${Array(messageIds.length).fill(ROW).join(', ')}${KEEP}`, values);
  return affectedRows;
}

/** Ids that the columns can hold. Some servers refuse to compare other texts. */
const ID = /^[!-~]{1,64}$/;

/** Which of the messages the group has handled. A dead letter is not handled: it may be redriven. */
export async function selectHandled(
  session: Pick<Database, 'query'>,
  { group, messageIds }: GroupMessages,
): Promise<Set<string>> {
  const named = messageIds.filter((id) => ID.test(id));
  if (named.length === 0) return new Set();
  const rows = await session.query<{ id: string }>(`${SELECT}${placeholders(named)}`, [group, ...named]);
  return new Set(rows.map(({ id }) => id));
}

/**
 * Which of the messages the group has already handled or has as dead letters. When they come again, they need not be
 * handled.
 */
export async function findSettled(
  { database, group, signal }: { database: Pick<Database, 'query'>; group: string; signal: AbortSignal },
  messageIds: readonly string[],
): Promise<Set<string>> {
  const named = messageIds.filter((id) => ID.test(id));
  if (named.length === 0) return new Set();
  const ids = placeholders(named);
  const sql = `${SELECT}${ids}
    UNION ALL SELECT message_id FROM dead_letter WHERE consumer_group = ? AND state <> 'REDRIVEN' AND message_id IN ${ids}`;
  const rows = await database.query<{ id: string }>(sql, [group, ...named, group, ...named], { signal });
  return new Set(rows.map(({ id }) => id));
}

const ANY_DEAD = 'SELECT 1 FROM dead_letter WHERE consumer_group = ? LIMIT 1';
const DEAD = `SELECT message_id AS id FROM dead_letter
  WHERE consumer_group = ? AND state <> 'REDRIVEN' AND message_id IN `;

/** Which of the messages are dead letters of the group. Mostly it has none at all, so that is asked first. */
export async function findDead(
  { database, group, signal }: { database: Pick<Database, 'query'>; group: string; signal: AbortSignal },
  messageIds: readonly string[],
): Promise<Set<string>> {
  const named = messageIds.filter((id) => ID.test(id));
  if (named.length === 0 || (await database.query(ANY_DEAD, [group], { signal })).length === 0) return new Set();
  const rows = await database.query<{ id: string }>(`${DEAD}${placeholders(named)}`, [group, ...named], { signal });
  return new Set(rows.map(({ id }) => id));
}

/** Whether the group has handled the message. */
export async function isHandled(database: Pick<Database, 'query'>, group: string, messageId: string): Promise<boolean> {
  return (await selectHandled(database, { group, messageIds: [messageId] })).has(messageId);
}
