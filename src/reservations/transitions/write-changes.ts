import type { SqlValue, Transaction } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';
import { type SqlPart, valueById } from '../../database/value-by-id.js';
import type { HeldReservation } from './held-reservations.js';

const UPDATE_RESERVATIONS = 'UPDATE {reservation} FORCE INDEX (PRIMARY) SET ';
const UPDATE_SLOTS =
  'UPDATE {slot} FORCE INDEX (PRIMARY) SET {slot.version} = {slot.version} + 1, {slot.count} = {slot.count} - ';

/**
 * Writes status and payment of locked reservations in one statement.
 *
 * @throws When not every row was changed. They were locked and read before, so that is a bug.
 */
export async function writeReservations(
  tx: Transaction,
  rows: readonly HeldReservation[],
  columns: 'status' | 'status and payment',
): Promise<void> {
  if (rows.length === 0) return;
  const ids = rows.map(({ reservationId }) => reservationId);
  const set = (column: string, valueOf: (row: HeldReservation) => SqlValue): SqlPart => {
    const { sql, values } = valueById(
      '{reservation.id}',
      rows.map((row) => [row.reservationId, valueOf(row)]),
    );
    return { sql: `${column} = ${sql}`, values };
  };
  const sets = [set('{reservation.status}', ({ status }) => status)];
  if (columns === 'status and payment') {
    sets.push(set('{reservation.paymentId}', ({ paymentId }) => paymentId));
    sets.push(set('{reservation.paymentStatus}', ({ paymentStatus }) => paymentStatus));
  }
  const sql = `${UPDATE_RESERVATIONS}${sets.map((each) => each.sql).join(', ')} WHERE {reservation.id} IN ${placeholders(ids)}`;
  await writeAll(tx, { sql, values: [...sets.flatMap(({ values }) => values), ...ids] }, ids.length);
}

/**
 * Gives back seats of locked slots in one statement.
 *
 * @throws When not every slot was changed. They were locked before, so that is a bug.
 */
export async function giveBackSeats(tx: Transaction, freed: ReadonlyMap<number, number>): Promise<void> {
  if (freed.size === 0) return;
  const ids = [...freed.keys()];
  const { sql, values } = valueById('{slot.id}', [...freed]);
  await writeAll(
    tx,
    { sql: `${UPDATE_SLOTS}${sql} WHERE {slot.id} IN ${placeholders(ids)}`, values: [...values, ...ids] },
    ids.length,
  );
}

async function writeAll(tx: Transaction, { sql, values }: SqlPart, rows: number): Promise<void> {
  const { affectedRows } = await tx.execute(sql, values);
  if (affectedRows !== rows)
    throw new Error(`${affectedRows} of ${rows} locked rows were changed by ${sql.slice(0, 60)}`);
}
