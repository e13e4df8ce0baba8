import { describe, expect, it } from 'vitest';

import { countHotSlots } from './hot-slots.js';
import type { LockWait } from './lock-wait.js';

function wait(id: string, slotId?: number): LockWait {
  const slot = slotId === undefined ? undefined : { slotId, restaurantId: 1, date: '2026-12-01', time: '18:00' };
  const table = slotId === undefined ? 'restaurant' : 'reservation_slot';
  return {
    id,
    slot,
    table,
    index: 'PRIMARY',
    key: `id=${slotId ?? 1}`,
    lockMode: 'X',
    waitSeconds: 0,
    ahead: 1,
    waitingConnectionId: 1,
    blockingConnectionId: 2,
    waitingStatement: undefined,
    blockingStatement: undefined,
  };
}

describe('hot slots', () => {
  it('count a wait once and its time at every look', () => {
    const hot = countHotSlots();
    hot.add([wait('a', 12)], 0);
    hot.add([wait('a', 12), wait('b', 12)], 1000);
    hot.add([wait('b', 12)], 500);
    expect(hot.hottest()).toEqual([expect.objectContaining({ waits: 2, waitedMs: 2500, waitingNow: 1 })]);
  });

  it('say which waits began and which are over, and for how long', () => {
    const hot = countHotSlots();
    expect(hot.add([wait('a', 12)], 0)).toEqual({ began: [wait('a', 12)], ended: [] });
    expect(hot.add([wait('a', 12)], 300)).toEqual({ began: [], ended: [] });
    expect(hot.add([wait('c', 12)], 200)).toEqual({
      began: [wait('c', 12)],
      ended: [{ wait: wait('a', 12), waitedMs: 300 }],
    });
  });

  it('take all indexes of a slot together and keys without one apart, most waited first', () => {
    const hot = countHotSlots();
    hot.add([wait('a', 11), { ...wait('b', 12), table: 'reservation', index: 'uk' }, wait('c', 12), wait('d')], 100);
    hot.add([wait('d')], 1000);
    expect(hot.hottest().map(({ slot, waitedMs, waitingNow }) => [slot?.slotId, waitedMs, waitingNow])).toEqual([
      [undefined, 1100, 1],
      [12, 200, 0],
      [11, 100, 0],
    ]);
  });
});
