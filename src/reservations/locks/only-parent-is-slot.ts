import { type Database, isOnlyParent } from '../../database/index.js';

/** Asks the server, once, whether locking the slots of reservations proves every parent of their rows. A question that fails is asked again. */
export function onlyParentIsSlot(database: Database): () => Promise<boolean> {
  const { reservation, slot } = database.names;
  const ask = (): Promise<boolean> =>
    isOnlyParent(database, {
      table: reservation.table,
      column: reservation.columns.slotId,
      parentTable: slot.table,
      parentColumn: slot.columns.id,
    });
  let known: boolean | undefined;
  return async () => (known ??= await ask().catch(() => undefined)) ?? false;
}
