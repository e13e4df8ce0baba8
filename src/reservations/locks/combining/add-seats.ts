import type { SqlValue, Transaction } from '../../../database/index.js';
import { placeholders } from '../../../database/placeholders.js';
import { groupBy } from '../../transitions/group-by.js';
import type { LocatedRequest } from '../../reservation.js';
import { inLockOrder } from '../../requests/slot-ids.js';

/** Seats that requests take, by slot. */
export type SeatsTaken = ReadonlyMap<number, number>;

/** The seats that all `requests` take together. */
export function seatsOf(requests: readonly LocatedRequest[]): Map<number, number> {
  const taken = new Map<number, number>();
  for (const { slots, seats } of requests) {
    for (const { slotId } of slots) taken.set(slotId, (taken.get(slotId) ?? 0) + seats);
  }
  return taken;
}

/**
 * Takes the seats in one statement, which locks the slots in the order of their ids. False when one of the slots is
 * missing or has too few seats.
 */
export async function addSeats(tx: Transaction, taken: SeatsTaken): Promise<boolean> {
  const ids = inLockOrder([...taken.keys()]);
  const seats = seatsById(taken);
  // Without the hint, the optimizer scans the whole table when many of its slots are named, and locks the other slots,
  // too.
  const sql = `UPDATE {slot} FORCE INDEX (PRIMARY) SET {slot.count} = {slot.count} + ${seats.sql}, {slot.version} = {slot.version} + 1
    WHERE {slot.id} IN ${placeholders(ids)} AND {slot.count} + ${seats.sql} <= {slot.capacity}`;
  const { affectedRows } = await tx.execute(sql, [...seats.values, ...ids, ...seats.values]);
  return affectedRows === ids.length;
}

/** An expression for the seats by the slot's id. Most slots have the same number, so that is its default. */
function seatsById(taken: SeatsTaken): { sql: string; values: SqlValue[] } {
  const groups = [...groupBy([...taken], ([, seats]) => seats)].sort(
    ([, left], [, right]) => right.length - left.length,
  );
  const [[most]] = groups as [[number, unknown]];
  const others = groups.slice(1).map(([seats, of]) => ({ seats, ids: of.map(([slotId]) => slotId) }));
  if (others.length === 0) return { sql: '?', values: [most] };
  const cases = others.map(({ ids }) => `WHEN {slot.id} IN ${placeholders(ids)} THEN ?`);
  const values = others.flatMap(({ seats, ids }) => [...ids, seats]);
  return { sql: `CASE ${cases.join(' ')} ELSE ? END`, values: [...values, most] };
}
