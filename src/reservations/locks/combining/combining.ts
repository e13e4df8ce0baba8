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
   * Queues of requests, each with up to three transactions at once. A slot always belongs to the same queue. At most
   * the pool's size. Default 1.
   */
  queues?: number | undefined;
  /**
   * Most slots that the requests of one transaction name together. For single slots, that is the number of requests.
   * Default 1000.
   */
  mostPerBatch?: number | undefined;
  /**
   * When this many requests wait in a queue, its next transaction begins beside those under way, three at most. Large
   * transactions are limited by CPU, and most of their work is done while the one before commits. Small ones are
   * limited by COMMIT, and several at once would each carry only a part. Default 300.
   */
  beginNextAt?: number | undefined;
  /** Most requests that wait. One more is `contended` at once, with attempts 0. Default 10,000. */
  mostWaiting?: number | undefined;
  /**
   * Longest wait for a row that somebody else has locked, in whole seconds. When one transaction locks several slots,
   * it is one second at most. After it, requests for a slot that is held for long are `contended`. For a while, new
   * requests for it wait in a queue of their own, so that they do not hold up the others. Default 5.
   */
  lockWaitSeconds?: number | undefined;
}

const defaults = { queues: 1, mostPerBatch: 1000, beginNextAt: 300, mostWaiting: 10_000, lockWaitSeconds: 5 };

/**
 * Creates `combining` with settings of its own: one transaction serves all requests that arrived while the last one was
 * under way.
 */
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
  // Requests for a stuck slot hold up only each other.
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
 * Batches that insert first hold connections while they wait for each other, so the pool needs `connections`
 * connections.
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

/** One transaction serves all requests that arrived while the last one was under way. */
export const combining = createCombining();
