import type { Database } from '../../../database/index.js';
import { checkInteger } from '../../../check-option.js';
import { standingOnWriter } from '../../requests/answer-request.js';
import type { LocatedRequest, ReservationOutcome } from '../../reservation.js';
import type { BatchContext } from './batch.js';
import { RequestQueue, MOST_UNDER_WAY } from './request-queue.js';
import type { LockStrategy, OpenStrategy, StrategyContext } from '../lock-strategy.js';
import { onlyParentIsSlot } from './only-parent-is-slot.js';
import { SeatsSeen } from './seats-seen.js';
import { serveBatch } from './serve-batch.js';
import { StuckSlots } from './stuck-slots.js';

/** Settings of {@link createCombining}. */
export interface CombiningOptions {
  /**
   * Queues of requests, each with up to three transactions at once; a slot always belongs to the same queue. At most
   * the pool's size. Default 1.
   */
  queues?: number | undefined;
  /**
   * Slots that the requests of one transaction name at most, together: for single slots the number of requests. Default
   * 1000.
   */
  mostPerBatch?: number | undefined;
  /**
   * As soon as so many requests wait in a queue, its next transaction is begun beside those under way, three at most:
   * large ones are bound by CPU, and most of their work is done while the one before commits; small ones are bound by
   * COMMIT, and several would carry a part each. Default 300.
   */
  beginNextAt?: number | undefined;
  /** Requests that wait at most; one more is `contended` at once, with attempts 0. Default 10,000. */
  mostWaiting?: number | undefined;
  /**
   * Longest wait for a row that somebody else has locked, whole seconds; a second where one transaction locks several
   * slots. Then requests for a slot that is held for long are `contended`, and for a while new ones wait in a queue of
   * their own, so that they do not hold up all others. Default 5.
   */
  lockWaitSeconds?: number | undefined;
}

const defaults = { queues: 1, mostPerBatch: 1000, beginNextAt: 300, mostWaiting: 10_000, lockWaitSeconds: 5 };

/** One transaction carries all requests that arrived while the last one was under way, with settings of its own. */
export function createCombining(options: CombiningOptions = {}): LockStrategy {
  const settings = withDefaults(options);
  checkOptions(settings);
  return {
    name: 'combining',
    guarantees: { noOverbooking: true, noLostUpdate: true, noDeadlock: true },
    open: (context) => openCombining(context, settings),
  };
}

function openCombining(context: StrategyContext, settings: typeof defaults): OpenStrategy {
  const { mostPerBatch, mostWaiting, beginNextAt, lockWaitSeconds } = settings;
  const count = Math.min(settings.queues, context.database.poolSize);
  const seen = new SeatsSeen();
  const findSure = sureFinder(context.database, seen, (count + 1) * MOST_UNDER_WAY);
  const makeQueue = (): RequestQueue =>
    new RequestQueue({
      serve: (requests, turn) => serveBatch(requests, { context, turn, seen, stuck, lockWaitSeconds, findSure }),
      answerStanding: (requests) => standingOnWriter(context.database, requests),
      mostSlots: mostPerBatch,
      beginNextAt,
    });
  const queues = Array.from({ length: count }, makeQueue);
  // Who waits for a stuck slot holds up only those who want one, too.
  const aside = makeQueue();
  const isStuck = ({ slots }: LocatedRequest): boolean => slots.some(({ slotId }) => stuck.has(slotId));
  const stuck = new StuckSlots({
    onStuck: () => queues.forEach((queue) => queue.moveTo(aside, isStuck)),
    isDone: () => aside.isIdle,
  });
  const queueOf = (located: LocatedRequest): RequestQueue =>
    isStuck(located) ? aside : queues[located.slots[0]!.slotId % count]!;
  return {
    reserve: (located, signal) => {
      const waiting = queues.reduce((sum, queue) => sum + queue.length, aside.length);
      if (waiting >= mostWaiting) return Promise.resolve<ReservationOutcome>({ kind: 'contended', attempts: 0 });
      return queueOf(located).reserve(located, signal);
    },
    givenBack: (slotIds) => seen.distrust(slotIds),
    close: () => Promise.resolve(),
  };
}

/**
 * Batches that insert first wait for each other with connections in their hands: there must be `connections` of them.
 */
function sureFinder(database: Database, seen: SeatsSeen, connections: number): BatchContext['findSure'] {
  const isProof = onlyParentIsSlot(database);
  return async (requests) => {
    const sure = connections <= database.poolSize ? seen.sureOf(requests) : [];
    return sure.length > 0 && (await isProof()) ? sure : [];
  };
}

function withDefaults(options: CombiningOptions): typeof defaults {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...(Object.fromEntries(given) as Partial<typeof defaults>) };
}

function checkOptions(options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    checkInteger(name, value, {
      min: 1,
      message: `${name} of combining is ${value}`,
      hint: `give ${name} 1 or more`,
    });
  }
}

/** One transaction carries all requests that arrived while the last one was under way. */
export const combining = createCombining();
