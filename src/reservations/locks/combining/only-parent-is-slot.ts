import type { Database } from '../../../database/index.js';
import { isOnlyParent } from '../../../database/fit/only-parent.js';

/** The answer expires, because tables may be changed while a service runs. */
const ASK_AGAIN_MS = 60_000;

/**
 * Asks the server, at most once a minute, whether the slots are the only parent rows of reservations. A failed question
 * is asked again.
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
