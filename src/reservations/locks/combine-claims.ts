import { type Transaction, placeholders } from '../../database/index.js';
import { type Answer, answerShort, answerStanding } from '../answer-claim.js';
import { groupBy } from '../group-by.js';
import type { Claim } from '../reservation.js';
import { slotIdsOf } from '../slot-ids.js';
import { writeReservations } from '../write-reservations.js';
import type { StrategyTools } from './lock-strategy.js';

/** How one transaction decided its claims; it holds once the transaction is committed. */
export interface Decision {
  answers: Map<Claim, Answer>;
  /** Those whose reservation was written. */
  granted: Claim[];
}

interface SlotRow {
  slotId: number;
  capacity: number;
  count: number;
  idStep: number;
}

// Left to itself the optimizer scans the whole table when many of its slots are named, and locks those that are not.
const LOCK_SLOTS = `SELECT {slot.id} AS slotId, {slot.capacity} AS capacity, {slot.count} AS count,
    @@auto_increment_increment AS idStep
  FROM {slot} FORCE INDEX (PRIMARY) WHERE {slot.id} IN `;
const ADD_SEATS = `UPDATE {slot} FORCE INDEX (PRIMARY) SET {slot.count} = {slot.count} + ?, {slot.version} = {slot.version} + 1
  WHERE {slot.id} IN `;

/**
 * Decides claims in the order they arrived and writes all that are granted: their slots are locked in the order of ids, one statement inserts the
 * reservations, one more for each distinct number of seats moves the counts.
 *
 * No two of `claims` may share a key, or a member and a slot.
 *
 * @throws `BAD_ROW` (1062) when one of them collides with a reservation that is there; nothing may be committed then.
 */
export async function combineClaims(
  tx: Transaction,
  claims: readonly Claim[],
  { tools, onLocked }: { tools: StrategyTools; onLocked: () => void },
): Promise<Decision> {
  const slots = await lockSlots(tx, claims, tools);
  onLocked();
  const { granted, short, taken } = grantInOrder(claims, slots);
  const answers = await answerAllShort(tx, short, { tools, slots });
  if (granted.length === 0) return { answers, granted };
  const idStep = slots.values().next().value?.idStep ?? 1;
  const ids = await writeReservations(tx, granted, { tools, idStep });
  await addSeats(tx, taken, tools);
  for (const [place, claim] of granted.entries()) answers.set(claim, { kind: 'reserved', reservationId: ids[place]! });
  return { answers, granted };
}

async function lockSlots(
  tx: Transaction,
  claims: readonly Claim[],
  { database }: StrategyTools,
): Promise<Map<number, SlotRow>> {
  const ids = slotIdsOf(claims);
  const sql = `${database.sql(LOCK_SLOTS)}${placeholders(ids)} ORDER BY ${database.sql('{slot.id}')} FOR UPDATE`;
  const rows = await tx.query<SlotRow>(sql, ids);
  return new Map(rows.map((row) => [row.slotId, row]));
}

/** First come, first served within each slot; `taken` is what the granted claims take of each. */
function grantInOrder(
  claims: readonly Claim[],
  slots: ReadonlyMap<number, SlotRow>,
): { granted: Claim[]; short: Claim[]; taken: Map<number, number> } {
  const granted: Claim[] = [];
  const short: Claim[] = [];
  const taken = new Map<number, number>();
  for (const claim of claims) {
    const fits = claim.slots.every(({ slotId }) => {
      const slot = slots.get(slotId);
      return slot !== undefined && slot.count + (taken.get(slotId) ?? 0) + claim.seats <= slot.capacity;
    });
    (fits ? granted : short).push(claim);
    if (fits) for (const { slotId } of claim.slots) taken.set(slotId, (taken.get(slotId) ?? 0) + claim.seats);
  }
  return { granted, short, taken };
}

async function answerAllShort(
  tx: Transaction,
  short: readonly Claim[],
  { tools, slots }: { tools: StrategyTools; slots: ReadonlyMap<number, SlotRow> },
): Promise<Map<Claim, Answer>> {
  if (short.length === 0) return new Map();
  const capacities = new Map([...slots].map(([slotId, { capacity }]) => [slotId, capacity]));
  const standing = await answerStanding(tools.database, tx, short);
  return new Map(short.map((claim) => [claim, standing.get(claim) ?? answerShort(claim, capacities)]));
}

async function addSeats(
  tx: Transaction,
  taken: ReadonlyMap<number, number>,
  { database }: StrategyTools,
): Promise<void> {
  for (const [seats, of] of groupBy([...taken], ([, seatsOfSlot]) => seatsOfSlot)) {
    const slotIds = of.map(([slotId]) => slotId);
    await tx.execute(`${database.sql(ADD_SEATS)}${placeholders(slotIds)}`, [seats, ...slotIds]);
  }
}
