import type { Database, Transaction } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';

/** How the server numbers the rows of this session: `@@auto_increment_increment` and `@@auto_increment_offset`. */
export interface IdSteps {
  idStep: number;
  idOffset: number;
}

/** The columns of {@link IdSteps}, for a SELECT that is sent anyway. */
export const ID_STEPS = '@@auto_increment_increment AS idStep, @@auto_increment_offset AS idOffset';

/** An INSERT of reservations, each of which has a key. */
export interface ReservationInsert {
  sql: string;
  values: readonly (string | number | null)[];
  /** Idempotency keys of its rows, in order. */
  keys: readonly string[];
  /** Undefined when the statement has one row, or the server returns the ids. */
  steps: IdSteps | undefined;
}

const READ_BACK = `SELECT {reservation.id} AS id, {reservation.idempotencyKey} AS idempotencyKey FROM {reservation}
  WHERE {reservation.idempotencyKey} IN `;

/**
 * True when an INSERT returns the ids of its rows, so that {@link IdSteps} are not needed. MariaDB does. It may change
 * the steps between two statements of a session.
 */
export function tellsIds({ server }: Database): boolean {
  return server.flavour === 'mariadb';
}

/**
 * Inserts reservations and returns their ids, in the order of the rows.
 *
 * When the server returns only the first id, the ids of an INSERT with a known number of rows follow in equal steps,
 * whatever `innodb_autoinc_lock_mode` is. The exception is an offset larger than the step, as Group Replication sets
 * them. Then InnoDB begins at the counter, and its steps are unequal once it passes the offset. In this case, the ids
 * are read back by their keys, in the same transaction.
 *
 * @source MySQL 9.x Reference Manual, 17.6.1.6 "AUTO_INCREMENT Handling in InnoDB": simple inserts; 19.1.6.2,
 * auto_increment_offset; MariaDB Knowledge Base, "INSERT...RETURNING".
 */
export async function insertForIds(tx: Transaction, database: Database, insert: ReservationInsert): Promise<number[]> {
  const { sql, values, keys, steps } = insert;
  if (keys.length > 1 && tellsIds(database)) {
    const rows = await tx.query<{ id: number }>(sql + database.sql(' RETURNING {reservation.id} AS id'), values);
    return rows.map(({ id }) => id);
  }
  const { insertId } = await tx.execute(sql, values);
  if (keys.length === 1) return [insertId];
  if (steps === undefined || steps.idOffset > steps.idStep) return readBack(tx, keys);
  return keys.map((_, place) => insertId + place * steps.idStep);
}

async function readBack(tx: Transaction, keys: readonly string[]): Promise<number[]> {
  const sql = `${READ_BACK}${placeholders(keys)}`;
  const rows = await tx.query<{ id: number; idempotencyKey: string }>(sql, keys);
  const ids = new Map(rows.map(({ id, idempotencyKey }) => [idempotencyKey, id]));
  return keys.map((key) => ids.get(key)!);
}
