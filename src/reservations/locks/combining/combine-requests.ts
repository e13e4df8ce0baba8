import type { Transaction } from '../../../database/index.js';
import { placeholders } from '../../../database/placeholders.js';
import { type Answer, answerShort, answerStanding } from '../../requests/answer-request.js';
import { ID_STEPS, type IdSteps } from '../../requests/ids-of-insert.js';
import type { LocatedRequest } from '../../reservation.js';
import { slotIdsOf } from '../../requests/slot-ids.js';
import { recordReservations, writeReservations } from '../../requests/write-reservations.js';
import { addSeats, seatsOf } from './add-seats.js';
import type { BatchContext, Decision } from './batch.js';

/** A locked slot. */
interface SlotRow extends IdSteps {
  slotId: number;
  capacity: number;
  count: number;
}

// Without the hint, the optimizer scans the whole table when many of its slots are named, and locks the other slots,
// too.
const LOCK_SLOTS = `SELECT {slot.id} AS slotId, {slot.capacity} AS capacity, {slot.count} AS count,
    ${ID_STEPS}
  FROM {slot} FORCE INDEX (PRIMARY) WHERE {slot.id} IN `;

/**
 * Decides requests in the order of their arrival and writes those that are granted. Their slots are locked in the order
 * of ids. One statement inserts the reservations, and one more changes the counts.
 *
 * No two of `requests` may share a key, or a member and a slot.
 *
 * @throws `BAD_ROW` (1062) when one of them collides with a reservation that is there; nothing may be committed then.
 */
export async function combineRequests(
  tx: Transaction,
  requests: readonly LocatedRequest[],
  { context, seen }: BatchContext,
): Promise<Decision> {
  const slots = await lockSlots(tx, requests);
  const { granted, short } = grantInOrder(requests, slots);
  const taken = seatsOf(granted);
  for (const { slotId, capacity, count } of slots.values()) seen.see(slotId, capacity - count);
  seen.take(taken);
  const answers = await answerAllShort(tx, short, slots);
  if (granted.length === 0) return { answers, granted };
  const steps = slots.values().next().value;
  const ids = await writeReservations(tx, granted, { context, steps, slots: 'locked' });
  if (!(await addSeats(tx, taken))) throw new Error('a slot that is locked changed all the same');
  await recordReservations(tx, ids, context);
  for (const [located, [first]] of ids) answers.set(located, { kind: 'reserved', reservationId: first! });
  return { answers, granted };
}

async function lockSlots(tx: Transaction, requests: readonly LocatedRequest[]): Promise<Map<number, SlotRow>> {
  const ids = slotIdsOf(requests);
  const sql = `${LOCK_SLOTS}${placeholders(ids)} ORDER BY {slot.id} FOR UPDATE`;
  const rows = await tx.query<SlotRow>(sql, ids);
  return new Map(rows.map((row) => [row.slotId, row]));
}

/** First come, first served within each slot. */
function grantInOrder(
  requests: readonly LocatedRequest[],
  slots: ReadonlyMap<number, SlotRow>,
): { granted: LocatedRequest[]; short: LocatedRequest[] } {
  const granted: LocatedRequest[] = [];
  const short: LocatedRequest[] = [];
  const left = new Map([...slots.values()].map(({ slotId, capacity, count }) => [slotId, capacity - count]));
  for (const located of requests) {
    const fits = located.slots.every(({ slotId }) => located.seats <= (left.get(slotId) ?? 0));
    (fits ? granted : short).push(located);
    if (fits) for (const { slotId } of located.slots) left.set(slotId, left.get(slotId)! - located.seats);
  }
  return { granted, short };
}

async function answerAllShort(
  tx: Transaction,
  short: readonly LocatedRequest[],
  slots: ReadonlyMap<number, SlotRow>,
): Promise<Map<LocatedRequest, Answer>> {
  if (short.length === 0) return new Map();
  const capacities = new Map([...slots].map(([slotId, { capacity }]) => [slotId, capacity]));
  const standing = await answerStanding(tx, short);
  return new Map(short.map((located) => [located, standing.get(located) ?? answerShort(located, capacities)]));
}
