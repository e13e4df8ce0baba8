import { type Database, placeholders } from '../../database/index.js';
import type { Claim } from '../reservation.js';
import { slotIdsOf } from '../slot-ids.js';

const FIND_SLOTS = 'SELECT {slot.id} AS slotId FROM {slot} FORCE INDEX (PRIMARY) WHERE {slot.id} IN ';

/** Ids of the claims' slots that are there, and locked by others at this moment. */
export async function findLockedSlots(database: Database, claims: readonly Claim[]): Promise<Set<number>> {
  const ids = slotIdsOf(claims);
  const find = `${database.sql(FIND_SLOTS)}${placeholders(ids)}`;
  return database.transaction(async (tx) => {
    const free = await tx.query<{ slotId: number }>(`${find} FOR UPDATE SKIP LOCKED`, ids);
    const all = await tx.query<{ slotId: number }>(find, ids);
    const locked = new Set(all.map(({ slotId }) => slotId));
    for (const { slotId } of free) locked.delete(slotId);
    return locked;
  });
}
