import { type SqlValue, type Transaction, instantText } from '../../database/index.js';
import { type Message, createMessage, encodeData, type MessageDraft } from '../envelope/message.js';
import { outboxWake } from './wakes.js';

/** A value that every connection writes in the same way, whatever its time zone. */
export type ZonelessValue = Exclude<SqlValue, Date>;

/** A statement that appends messages to the outbox, and a function to run after its COMMIT. */
export interface OutboxStatement {
  sql: string;
  /** None is a `Date`, because the driver would write it in a time zone of its own. */
  values: ZonelessValue[];
  afterCommit: () => void;
}

const INSERT = `INSERT INTO outbox
  (id, aggregatetype, aggregateid, type, payload, schema_version, attempt, occurred_at, traceparent) VALUES `;
const ROW = '(?, ?, ?, ?, ?, ?, ?, ?, ?)';

/** Payloads of one statement, in characters: far below any server's packet limit. */
const MOST_CHARACTERS = 2_000_000;

/**
 * Appends messages to the outbox in the caller's transaction. They are sent once it is committed. When it is not
 * committed, they are never sent. It runs one statement, or several when the messages are long. The COMMIT wakes relays
 * of this process.
 *
 * @throws `BAD_MESSAGE` or `MESSAGE_TOO_LARGE`, before anything is written.
 * @example
 * await appendToOutbox(tx, [{ type: 'SeatTaken', key: '17', aggregate: 'seats', data: { seat: 4 } }]);
 */
export async function appendToOutbox(tx: Transaction, messages: readonly MessageDraft[]): Promise<void> {
  for (const { sql, values, afterCommit } of outboxStatements(messages)) {
    await tx.execute(sql, values);
    tx.afterCommit(afterCommit);
  }
}

/**
 * The statements of {@link appendToOutbox}, for callers that run them themselves, e.g. as `recordChanges` of
 * reservations. They write the same over any connection, whatever the time zone of its session and its driver.
 *
 * @throws `BAD_MESSAGE` or `MESSAGE_TOO_LARGE`.
 */
export function outboxStatements(messages: readonly MessageDraft[]): OutboxStatement[] {
  const statements: OutboxStatement[] = [];
  let rows = 0;
  let values: ZonelessValue[] = [];
  let characters = 0;
  const end = (): void => {
    if (rows === 0) return;
    const sql = INSERT + Array(rows).fill(ROW).join(', ');
    statements.push({ sql, values, afterCommit: () => outboxWake.notify() });
    [rows, values, characters] = [0, [], 0];
  };
  for (const draft of messages) {
    const row = rowOf(createMessage(draft));
    const length = String(row[4]).length;
    if (characters + length > MOST_CHARACTERS) end();
    values.push(...row);
    rows += 1;
    characters += length;
  }
  end();
  return statements;
}

function rowOf(message: Message): ZonelessValue[] {
  const { id, aggregate, key, type, schemaVersion, attempt, occurredAt, traceparent } = message;
  const instant = instantText(occurredAt);
  return [id, aggregate, key, type, encodeData(message), schemaVersion, attempt, instant, traceparent ?? null];
}
