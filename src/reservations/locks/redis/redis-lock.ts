import { withOwnSignal } from '../../../abort/with-own-signal.js';
import { checkInteger } from '../../../check-option.js';
import { TablepickError, isTablepickError } from '../../../errors.js';
import type { Redis } from '../../../redis/index.js';
import { NO_RETRY, type RetryBudget, retryTransient } from '../../../retry.js';
import { requireRedis } from '../../requests/require-redis.js';
import type { LocatedRequest, ReservationOutcome } from '../../reservation.js';
import { atomicStatements } from '../atomic.js';
import { Fenced, raiseToken } from './fence.js';
import type { LockStrategy, StrategyContext } from '../lock-strategy.js';
import { type PerTransactionStrategy, reserveLocated } from '../per-transaction.js';
import { HeldLocks, LockLost, SlotLocker } from './slot-locks.js';

/** Settings of {@link createRedisLock}. */
export interface RedisLockOptions {
  /** The Redis of the locks. You close it. Default: the Redis that `createReservations` was given. */
  redis?: Redis | undefined;
  /**
   * How long a lock outlives a dead holder, in milliseconds, 100 or more. While the work goes on, it is extended after
   * each third of this time. Default 5000.
   */
  leaseMs?: number | undefined;
  /**
   * What happens to a request while Redis does not answer. `fail`, the default: after some tries within about a second
   * it throws `REDIS_UNAVAILABLE`, so that nobody runs without the lock unknowingly. `atomic`: the request is served
   * without the lock. It is still correct, because the database decides in either case.
   */
  whenRedisIsDown?: 'fail' | 'atomic' | undefined;
}

const REDIS_RETRY: RetryBudget = { retries: 5, baseMs: 50, capMs: 500 };
/** After a request has lost this many locks, it is given up. */
const MOST_LOSSES = 5;
const SHORTEST_LEASE_MS = 100;

/**
 * Creates `redis-lock` with settings of its own: it holds a token lock on Redis for each slot while it works. The lock
 * only makes requests queue outside of the database. The statements of `atomic` and a fencing token keep slots correct.
 * When a holder was stopped past its lease, the database refuses it.
 */
export function createRedisLock(options: RedisLockOptions = {}): LockStrategy {
  const { leaseMs = 5000, whenRedisIsDown = 'fail' } = options;
  checkInteger('leaseMs', leaseMs, {
    min: SHORTEST_LEASE_MS,
    message: `leaseMs must be a whole number of ${SHORTEST_LEASE_MS} milliseconds or more, not ${leaseMs}`,
  });
  return {
    name: 'redis-lock',
    guarantees: { noOverbooking: true, noLostUpdate: true, noDeadlock: true },
    open: (context) => {
      const locker = new SlotLocker(requireRedis(options.redis ?? context.redis, 'the strategy redis-lock'), leaseMs);
      const scene = { context, locker, withoutRedis: whenRedisIsDown };
      return { reserve: (located, signal) => reserveUnderLock(scene, located, signal), close: () => Promise.resolve() };
    },
  };
}

/**
 * Holds a token lock on Redis for each slot while it works. When the lock of a holder has expired, a fencing token in
 * the database refuses the holder.
 */
export const redisLock = createRedisLock();

interface Scene {
  context: StrategyContext;
  locker: SlotLocker;
  withoutRedis: 'fail' | 'atomic';
}

async function reserveUnderLock(
  scene: Scene,
  located: LocatedRequest,
  signal: AbortSignal | undefined,
): Promise<ReservationOutcome> {
  const progress = { attempts: 1 };
  const usedTokens = new Map<number, number>();
  for (let losses = 0; losses < MOST_LOSSES; losses += 1) {
    const locks = new HeldLocks(scene.locker);
    try {
      await lockSlots(scene, locks, { located, usedTokens, signal, progress });
      return await reserveFenced(scene, locks, { located, signal });
    } catch (error) {
      if (error instanceof Fenced) usedTokens.set(error.slotId, error.usedToken);
      else if (isTablepickError(error, 'CONFLICT')) return { kind: 'contended', attempts: progress.attempts };
      else if (isTablepickError(error, 'REDIS_UNAVAILABLE'))
        return await serveWithoutRedis(scene, error, { located, signal });
      else if (!isLoss(error, locks, signal)) throw error;
    } finally {
      await locks.release();
    }
    progress.attempts += 1;
  }
  return { kind: 'contended', attempts: progress.attempts };
}

/** Takes all locks in the order of the slots' ids, and waits for each with growing pauses. */
async function lockSlots(
  { context, withoutRedis }: Scene,
  locks: HeldLocks,
  {
    located,
    usedTokens,
    signal,
    progress,
  }: {
    located: LocatedRequest;
    usedTokens: ReadonlyMap<number, number>;
    signal: AbortSignal | undefined;
    progress: { attempts: number };
  },
): Promise<void> {
  const budgets = { conflict: context.conflictRetry, connection: withoutRedis === 'atomic' ? NO_RETRY : REDIS_RETRY };
  for (const { slotId } of located.slots) {
    const take = () => locks.take(slotId, usedTokens.get(slotId) ?? 0);
    await retryTransient(take, { budgets, signal, onRetry: () => void (progress.attempts += 1) });
  }
}

function reserveFenced(
  { context }: Scene,
  locks: HeldLocks,
  { located, signal }: { located: LocatedRequest; signal: AbortSignal | undefined },
): Promise<ReservationOutcome> {
  return withOwnSignal([signal, locks.signal], (either) =>
    reserveLocated(fencedStatements(locks), { located, context, signal: either }),
  );
}

/**
 * The statements of `atomic`. A request may write its reservation only after its tokens were recorded as the largest.
 */
function fencedStatements(locks: HeldLocks): PerTransactionStrategy {
  return {
    ...atomicStatements,
    reserve: (work) => {
      locks.assertHeld();
      const writeReservation = async (): Promise<number> => {
        for (const [slotId, token] of locks.tokens) await raiseToken(work.tx, slotId, token);
        const reservationId = await work.writeReservation();
        // COMMIT is next. After that, nothing can be stopped.
        locks.assertHeld();
        return reservationId;
      };
      return atomicStatements.reserve({ ...work, writeReservation });
    },
  };
}

/** True when the work ended because its lock was lost, and not because the caller wanted it to. */
function isLoss(error: unknown, locks: HeldLocks, signal: AbortSignal | undefined): boolean {
  if (error instanceof LockLost) return true;
  return isTablepickError(error, 'ABORTED') && locks.signal.aborted && signal?.aborted !== true;
}

function serveWithoutRedis(
  { context, withoutRedis }: Scene,
  error: TablepickError,
  { located, signal }: { located: LocatedRequest; signal: AbortSignal | undefined },
): Promise<ReservationOutcome> {
  if (withoutRedis === 'atomic') return reserveLocated(atomicStatements, { located, context, signal });
  throw new TablepickError(
    'REDIS_UNAVAILABLE',
    `the lock of a slot was not to be had, nothing was written: ${error.message}`,
    {
      retriable: true,
      hint: "see whether Redis is up; createRedisLock({ whenRedisIsDown: 'atomic' }) serves requests without it meanwhile",
      cause: error,
    },
  );
}
