import { TablepickError } from '../../errors.js';
import { answerStanding } from '../answer-claim.js';
import type { Claim, ReservationOutcome } from '../reservation.js';
import { Lane, MOST_UNDER_WAY } from './lane.js';
import type { LockStrategy } from './lock-strategy.js';
import { onlyParentIsSlot } from './only-parent-is-slot.js';
import { SeatsSeen } from './seats-seen.js';
import { serveBatch } from './serve-batch.js';
import type { Turn } from './turn.js';

/** Settings of {@link createCombining}. */
export interface CombiningOptions {
  /** Queues of requests, each with up to three transactions at once; a slot always belongs to the same queue. At most the pool's size. Default 1. */
  lanes?: number | undefined;
  /** Slots that the requests of one transaction name at most, together: for single slots the number of requests. Default 1000. */
  mostPerBatch?: number | undefined;
  /**
   * As soon as so many requests wait in a lane, its next transaction is begun beside those under way, three at most: large ones are bound by CPU, and
   * most of their work is done while the one before commits; small ones are bound by COMMIT, and several would carry a part each. Default 300.
   */
  beginNextAt?: number | undefined;
  /** Requests that wait at most; one more is `contended` at once, with attempts 0. Default 10,000. */
  mostWaiting?: number | undefined;
}

/** One transaction carries all requests that arrived while the last one was under way, with settings of its own. */
export function createCombining(options: CombiningOptions = {}): LockStrategy {
  const { lanes: mostLanes = 1, mostPerBatch = 1000, mostWaiting = 10_000, beginNextAt = 300 } = options;
  checkOptions({ lanes: mostLanes, mostPerBatch, mostWaiting, beginNextAt });
  return {
    name: 'combining',
    guarantees: { noOverbooking: true, noLostUpdate: true, noDeadlock: true },
    open: (tools) => {
      const count = Math.min(mostLanes, tools.database.poolSize);
      const seen = new SeatsSeen();
      const isProof = onlyParentIsSlot(tools.database);
      const hasRoom = count * MOST_UNDER_WAY <= tools.database.poolSize;
      const findSure = async (claims: readonly Claim[]): Promise<Claim[]> => {
        const sure = hasRoom ? seen.sureOf(claims) : [];
        return sure.length > 0 && (await isProof()) ? sure : [];
      };
      const serve = (claims: readonly Claim[], turn: Turn) => serveBatch(claims, { tools, turn, seen, findSure });
      const standing = (claims: readonly Claim[]) => answerStanding(tools.database, tools.database, claims);
      const settings = { serve, answerStanding: standing, mostSlots: mostPerBatch, beginNextAt };
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
