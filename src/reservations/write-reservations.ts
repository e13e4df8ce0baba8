import type { Transaction } from '../database/index.js';
import type { StrategyTools } from './locks/lock-strategy.js';
import { recordAlongside } from './record-changes.js';
import type { Claim, ReservationChange } from './reservation.js';

const INSERT_COLUMNS = `
  INSERT INTO {reservation} ({reservation.slotId}, {reservation.restaurantId}, {reservation.memberId},
    {reservation.partySize}, {reservation.seats}, {reservation.groupId}, {reservation.idempotencyKey}, {reservation.expiresAt})
  VALUES `;
const ROW = '(?, ?, ?, ?, ?, ?, ?, NULL)';
const ROW_OF_HOLD = '(?, ?, ?, ?, ?, ?, ?, NOW(6) + INTERVAL ? * 1000 MICROSECOND)';
const MARK_FIRST = 'UPDATE {reservation} SET {reservation.groupId} = {reservation.id} WHERE {reservation.id} = ?';

/**
 * Inserts a claim's reservation, PENDING, and returns its id, of several slots that of the first. What the service records with it goes in, too.
 *
 * @throws `BAD_ROW` (1062) when the key or the member's live reservation is there already: no read before could know.
 */
export async function writeReservation(tx: Transaction, claim: Claim, tools: StrategyTools): Promise<number> {
  const [reservationId] = (await writeReservations(tx, [claim], { tools, idStep: 1 })) as [number];
  return reservationId;
}

/**
 * Inserts the reservations of several claims, those of single slots in one statement, and returns their ids in the order of the claims.
 * `idStep` is the distance between two ids of one statement: `@@auto_increment_increment`.
 */
export async function writeReservations(
  tx: Transaction,
  claims: readonly Claim[],
  { tools, idStep }: { tools: StrategyTools; idStep: number },
): Promise<number[]> {
  const singles = claims.filter((claim) => claim.slots.length === 1);
  const firstId = singles.length === 0 ? 0 : await insertSingles(tx, singles, tools);
  const ids = new Map(singles.map((claim, place) => [claim, [firstId + place * idStep]]));
  for (const claim of claims) if (!ids.has(claim)) ids.set(claim, await insertGroup(tx, claim, tools));
  const changes = claims.flatMap((claim) => changesOf(claim, ids.get(claim) as number[]));
  await recordAlongside(tx, changes, tools);
  return claims.map((claim) => ids.get(claim)?.[0] as number);
}

/**
 * Ids of one INSERT of a known number of rows are consecutive, whatever `innodb_autoinc_lock_mode` is.
 *
 * @source MySQL 9.x Reference Manual, 17.6.1.6 "AUTO_INCREMENT Handling in InnoDB": simple inserts.
 */
async function insertSingles(tx: Transaction, claims: readonly Claim[], { database }: StrategyTools): Promise<number> {
  const values = claims.flatMap((claim) => rowOf(claim, 0, null));
  const rows = claims.map(placeholdersOf).join(', ');
  const { insertId } = await tx.execute(`${database.sql(INSERT_COLUMNS)}${rows}`, values);
  return insertId;
}

async function insertGroup(tx: Transaction, claim: Claim, { database }: StrategyTools): Promise<number[]> {
  const ids: number[] = [];
  for (const place of claim.slots.keys()) {
    const { insertId } = await tx.execute(
      `${database.sql(INSERT_COLUMNS)}${placeholdersOf(claim)}`,
      rowOf(claim, place, ids[0] ?? null),
    );
    ids.push(insertId);
    if (place === 0) await tx.execute(database.sql(MARK_FIRST), [insertId]);
  }
  return ids;
}

function rowOf(claim: Claim, place: number, groupId: number | null): (string | number | null)[] {
  const { slotId, restaurantId } = claim.slots[place]!;
  const { memberId, partySize, seats, idempotencyKey, holdTtlMs } = claim;
  const row = [slotId, restaurantId, memberId, partySize, seats, groupId, place === 0 ? idempotencyKey : null];
  return holdTtlMs === null ? row : [...row, holdTtlMs];
}

function placeholdersOf({ holdTtlMs }: Claim): string {
  return holdTtlMs === null ? ROW : ROW_OF_HOLD;
}

function changesOf({ slots, memberId, partySize }: Claim, ids: readonly number[]): ReservationChange[] {
  return slots.map(({ slotId, restaurantId }, place) => ({
    reservationId: ids[place]!,
    ...{ slotId, restaurantId, memberId, partySize, from: null, to: 'PENDING' },
  }));
}
