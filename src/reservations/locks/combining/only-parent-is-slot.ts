import type { Database } from '../../../database/index.js';
import { isOnlyParent } from '../../../database/fit/only-parent.js';

/** Tables are changed while a service runs. */
const ASK_AGAIN_MS = 60_000;

/**
 * Asks the server, once a minute, whether locking the slots of reservations proves every parent of their rows. A
 * question that fails is asked again.
 */
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
  let askedAtMs = 0;
  return async () => {
    if (known !== undefined && performance.now() - askedAtMs < ASK_AGAIN_MS) return known;
    known = await ask().catch(() => undefined);
    askedAtMs = performance.now();
    return known ?? false;
  };
}
