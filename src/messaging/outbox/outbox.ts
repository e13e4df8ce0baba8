import { type SqlValue, type Transaction, instantText } from '../../database/index.js';
import { type MessageDraft, completeMessage, encodeData } from '../envelope/message.js';
import { outboxWake } from './wakes.js';

/** A value that every connection writes in the same way, whatever its time zone. */
export type ZonelessValue = Exclude<SqlValue, Date>;

/** A statement that appends messages to the outbox, and a function to run after its COMMIT. */
export interface OutboxStatement {
  sql: string;
  /** None is a `Date`, because the driver would write it in a time zone of its own. */
  values: ZonelessValue[];
  afterCommit: () => void;
  /** Its rows have no unique key but the table's own number, so it never waits for another transaction. */
  insertsOnly: true;
}

const INSERT = `INSERT INTO outbox
  (id, aggregatetype, aggregateid, type, payload, schema_version, attempt, occurred_at, traceparent) VALUES `;
const ROW = '(?, ?, ?, ?, ?, ?, ?, ?, ?)';
// Most rows are like this. Each value that is bound costs the client more than it costs the server to read it here.
const FIRST_ROW = '(?, ?, ?, ?, ?, 1, 1, ?, NULL)';

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
  const toInstant = rememberingLast(instantText);
  const now = new Date();
  let rows: string[] = [];
  let values: ZonelessValue[] = [];
  let characters = 0;
  const end = (): void => {
    if (rows.length === 0) return;
    const sql = INSERT + rows.join(', ');
    statements.push({ sql, values, afterCommit: () => outboxWake.notify(), insertsOnly: true });
    [rows, values, characters] = [[], [], 0];
  };
  for (const draft of messages) {
    const message = completeMessage(draft, now);
    const payload = encodeData(message);
    if (characters + payload.length > MOST_CHARACTERS) end();
    const { id, aggregate, key, type, schemaVersion, attempt, occurredAt, traceparent } = message;
    const isFirst = schemaVersion === 1 && attempt === 1 && traceparent === undefined;
    rows.push(isFirst ? FIRST_ROW : ROW);
    if (isFirst) values.push(id, aggregate, key, type, payload, toInstant(occurredAt));
    else
      values.push(
        id,
        aggregate,
        key,
        type,
        payload,
        schemaVersion,
        attempt,
        toInstant(occurredAt),
        traceparent ?? null,
      );
    characters += payload.length;
  }
  end();
  return statements;
}

/** The same function. When it gets the same argument again, it is not called. */
function rememberingLast<Argument, Result>(compute: (argument: Argument) => Result): (argument: Argument) => Result {
  let last: { argument: Argument; result: Result } | undefined;
  return (argument) => {
    if (last?.argument !== argument) last = { argument, result: compute(argument) };
    return last.result;
  };
}
