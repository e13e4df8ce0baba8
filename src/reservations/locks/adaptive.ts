import { setImmediate as nextTurn } from 'node:timers/promises';

import type { LocatedRequest } from '../reservation.js';
import { atomic } from './atomic.js';
import { combining } from './combining/combining.js';
import type { LockStrategy, StrategyContext } from './lock-strategy.js';
import { type Route, RouteChooser } from './route-chooser.js';

/** With more requests than this under way, serving several in one transaction was faster in every measurement. */
const FEW = 16;

/**
 * Measures, for each request, how many others are under way on its slots. Popular slots are served together, as
 * `combining` does. Quiet slots are served as `atomic` does, or together, whichever was faster lately. When many
 * requests are under way, quiet slots are served together, too.
 */
export const adaptive: LockStrategy = {
  name: 'adaptive',
  guarantees: { noOverbooking: true, noLostUpdate: true, noDeadlock: true },
  open: openAdaptive,
};

function openAdaptive(context: StrategyContext): ReturnType<LockStrategy['open']> {
  const ways = { alone: atomic.open(context), together: combining.open(context) };
  const chooser = new RouteChooser();
  const onSlot = new Map<number, number>();
  let underWay = 0;

  function enter(located: LocatedRequest): void {
    underWay += 1;
    for (const { slotId } of located.slots) onSlot.set(slotId, (onSlot.get(slotId) ?? 0) + 1);
  }

  function chooseRoute(located: LocatedRequest): Route {
    const isQuiet = underWay <= FEW && located.slots.every(({ slotId }) => onSlot.get(slotId) === 1);
    return isQuiet ? chooser.route : 'together';
  }

  function leave(located: LocatedRequest): void {
    underWay -= 1;
    for (const { slotId } of located.slots) {
      const left = (onSlot.get(slotId) ?? 0) - 1;
      if (left > 0) onSlot.set(slotId, left);
      else onSlot.delete(slotId);
    }
  }

  return {
    reserve: async (located, signal) => {
      const began = performance.now();
      enter(located);
      try {
        // Waits a turn to see all requests of the same turn, because the first of a crowd is not alone. In a crowd it
        // does not wait, because each turn would make the batches smaller.
        if (underWay <= FEW) await nextTurn();
        const route = chooseRoute(located);
        const outcome = await ways[route].reserve(located, signal);
        if (underWay <= FEW) chooser.record(route, performance.now() - began);
        return outcome;
      } finally {
        leave(located);
      }
    },
    givenBack: (slotIds) => ways.together.givenBack?.(slotIds),
    close: async () => void (await Promise.all([ways.alone.close(), ways.together.close()])),
  };
}
