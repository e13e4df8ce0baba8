import type { LockWait, LockedSlot } from './lock-wait.js';

/** The waits for one slot, or for one key that belongs to no slot. */
export interface HotSlot {
  slot: LockedSlot | undefined;
  /** Table and key of the lock in the last wait. */
  table: string;
  key: string;
  /** Waits that were seen. A wait that began and ended between two looks was not seen. */
  waits: number;
  /** Sum over the waits: at each look, every wait counts the milliseconds since the look before. */
  waitedMs: number;
  /** Waits at the last look. */
  waitingNow: number;
}

/** Adds up waits from look to look. */
export interface HotSlots {
  /**
   * Takes the waits of one look, `sinceMs` after the look before. Returns the waits that are new and those that are
   * over.
   */
  add(waits: readonly LockWait[], sinceMs: number): { began: LockWait[]; ended: EndedWait[] };
  /** The places with the most waiting, most first. */
  hottest(): HotSlot[];
}

/** A wait that is over, and how long it was seen. */
export interface EndedWait {
  wait: LockWait;
  waitedMs: number;
}

/** A {@link HotSlots} that has seen nothing yet. */
export function countHotSlots(): HotSlots {
  const slots = new Map<string, HotSlot>();
  let current = new Map<string, EndedWait>();
  return {
    add: (waits, sinceMs) => {
      const before = current;
      current = new Map(
        waits.map((wait) => [wait.id, { wait, waitedMs: (before.get(wait.id)?.waitedMs ?? 0) + sinceMs }]),
      );
      for (const hot of slots.values()) hot.waitingNow = 0;
      for (const wait of waits) addWait(slots, wait, { sinceMs, isNew: !before.has(wait.id) });
      return {
        began: waits.filter(({ id }) => !before.has(id)),
        ended: [...before.values()].filter(({ wait }) => !current.has(wait.id)),
      };
    },
    hottest: () =>
      [...slots.values()].sort((a, b) => b.waitedMs - a.waitedMs || b.waits - a.waits).map((hot) => ({ ...hot })),
  };
}

function addWait(
  slots: Map<string, HotSlot>,
  wait: LockWait,
  { sinceMs, isNew }: { sinceMs: number; isNew: boolean },
): void {
  const name = placeOf(wait);
  const hot = slots.get(name) ?? { slot: wait.slot, table: '', key: '', waits: 0, waitedMs: 0, waitingNow: 0 };
  slots.set(name, {
    ...hot,
    table: wait.table,
    key: wait.key,
    waits: hot.waits + (isNew ? 1 : 0),
    waitedMs: hot.waitedMs + sinceMs,
    waitingNow: hot.waitingNow + 1,
  });
}

/** All rows and indexes of a slot are one place. */
function placeOf({ slot, table, index, key }: LockWait): string {
  return slot === undefined ? `${table}/${index}/${key}` : `slot/${slot.slotId}`;
}
