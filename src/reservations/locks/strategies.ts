import { adaptive } from './adaptive.js';
import { atomic } from './atomic.js';
import { combining } from './combining/combining.js';
import type { LockStrategy } from './lock-strategy.js';
import { naive } from './naive.js';
import { optimistic } from './optimistic.js';
import { pessimistic } from './pessimistic.js';
import { redisLock } from './redis/redis-lock.js';
import { saveAndFlush } from './save-and-flush.js';
import type { LockStrategyName } from './strategy-names.js';

/** Every strategy by its name. */
export const lockStrategies: Readonly<Record<LockStrategyName, LockStrategy>> = {
  naive,
  'save-and-flush': saveAndFlush,
  optimistic,
  pessimistic,
  atomic,
  'redis-lock': redisLock,
  combining,
  adaptive,
};
