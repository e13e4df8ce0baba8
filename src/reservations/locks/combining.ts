import { TablepickError } from '../../errors.js';
import { answerStanding } from '../answer-claim.js';
import type { Claim, ReservationOutcome } from '../reservation.js';
import { Lane, type Turn } from './lane.js';
import type { LockStrategy } from './lock-strategy.js';
import { serveBatch } from './serve-batch.js';

/** Settings of {@link createCombining}. */
export interface CombiningOptions {
  /** Transactions at once; a slot always belongs to the same one. At most the pool's size. Default 2. */
  lanes?: number | undefined;
  /** Slots that the requests of one transaction name at most, together: for single slots the number of requests. Default 1000. */
  mostPerBatch?: number | undefined;
  /**
   * As soon as so many requests wait in a lane, its next transaction is begun beside the one under way: large ones are bound by CPU, and the client
   * prepares one while the server works on the other; small ones are bound by COMMIT, and two would carry half each. Default 100.
   */
  beginSecondAt?: number | undefined;
  /** Requests that wait at most; one more is `contended` at once, with attempts 0. Default 10,000. */
  mostWaiting?: number | undefined;
}

/** One transaction carries all requests that arrived while the last one was under way, with settings of its own. */
export function createCombining(options: CombiningOptions = {}): LockStrategy {
  const { lanes: mostLanes = 2, mostPerBatch = 1000, mostWaiting = 10_000, beginSecondAt = 100 } = options;
  checkOptions({ lanes: mostLanes, mostPerBatch, mostWaiting, beginSecondAt });
  return {
    name: 'combining',
    guarantees: { noOverbooking: true, noLostUpdate: true, noDeadlock: true },
    open: (tools) => {
      const count = Math.min(mostLanes, tools.database.poolSize);
      const serve = (claims: readonly Claim[], turn: Turn) => serveBatch(claims, tools, turn);
      const standing = (claims: readonly Claim[]) => answerStanding(tools.database, tools.database, claims);
      const settings = { serve, answerStanding: standing, mostSlots: mostPerBatch, beginSecondAt };
      const lanes = Array.from({ length: count }, () => new Lane(settings));
      return {
        reserve: (claim, signal) => {
          const waiting = lanes.reduce((sum, lane) => sum + lane.length, 0);
          if (waiting >= mostWaiting) return Promise.resolve<ReservationOutcome>({ kind: 'contended', attempts: 0 });
          return lanes[claim.slots[0]!.slotId % count]!.reserve(claim, signal);
        },
        close: () => Promise.resolve(),
      };
    },
  };
}

function checkOptions(options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new TablepickError('BAD_OPTION', `${name} of combining is ${value}`, { hint: `give ${name} 1 or more` });
  }
}

/** One transaction carries all requests that arrived while the last one was under way. */
export const combining = createCombining();
