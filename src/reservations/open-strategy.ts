import { TablepickError } from '../errors.js';
import { connectRedisLater } from '../redis/index.js';
import { defaultRetryBudgets } from '../retry.js';
import type { LockStrategy, OpenStrategy } from './locks/lock-strategy.js';
import { lockStrategies } from './locks/strategies.js';
import { defaultStrategy, lockStrategyNames } from './locks/strategy-names.js';
import type { SlotPlace } from './reservation.js';
import type { ReservationsOptions } from './reservations.js';
import { requireRedis } from './requests/require-redis.js';
import { openSoldOutGuard } from './sold-out/open-sold-out-guard.js';

/** An open strategy, with the sold-out flag before it when it is requested. */
export interface OpenedStrategy {
  name: LockStrategy['name'];
  open: OpenStrategy;
  /** Call it when seats of these slots were given back. */
  givenBack(slots: readonly SlotPlace[]): Promise<void>;
  /** Closes the strategy and the connection to Redis that was made for it. */
  close(): Promise<void>;
}

/**
 * Opens the requested strategy, and the Redis it needs.
 *
 * @throws `BAD_OPTION` when there is no strategy of that name, or it needs a Redis and none is named; `BAD_URL`.
 */
export function openStrategy(options: ReservationsOptions): OpenedStrategy {
  const { database, recordChanges } = options;
  const strategy = findStrategy(options.strategy ?? defaultStrategy);
  const { redisUrl, redisTimeoutMs: commandTimeoutMs } = options;
  const ownRedis = redisUrl === undefined ? undefined : connectRedisLater({ url: redisUrl, commandTimeoutMs });
  const redis = options.redis ?? ownRedis;
  const flag = options.soldOutFlag;
  const guard = flag && openSoldOutGuard(database, requireRedis(redis, 'the sold-out flag'), flag);
  const opened = strategy.open({
    database,
    recordChanges,
    isolation: options.isolation,
    conflictRetry: options.conflictRetry ?? defaultRetryBudgets.conflict,
    resolveWithinMs: options.resolveWithinMs ?? 5000,
    redis,
  });
  const open = guard?.before(opened) ?? opened;
  return {
    name: strategy.name,
    open,
    givenBack: async (slots) => {
      opened.givenBack?.(slots.map(({ slotId }) => slotId));
      await guard?.givenBack(slots);
    },
    close: async () => {
      await open.close();
      await ownRedis?.close();
    },
  };
}

function findStrategy(named: string | LockStrategy): LockStrategy {
  const known = new Map<string, LockStrategy>(Object.entries(lockStrategies));
  const strategy = typeof named === 'string' ? known.get(named) : named;
  if (strategy !== undefined) return strategy;
  throw new TablepickError('BAD_OPTION', `there is no lock strategy ${JSON.stringify(named)}`, {
    hint: `choose from ${lockStrategyNames.join(', ')}, or give a strategy of your own`,
  });
}
