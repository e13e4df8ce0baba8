import { TablepickError } from '../../errors.js';
import type { Redis } from '../../redis/index.js';

/**
 * Returns the Redis that `what` needs.
 *
 * @throws `BAD_OPTION` when none is named.
 */
export function requireRedis(redis: Redis | undefined, what: string): Redis {
  if (redis !== undefined) return redis;
  throw new TablepickError('BAD_OPTION', `${what} needs a Redis, and none is named`, {
    hint: 'name one: --redis-url or TABLEPICK_REDIS_URL, in a program redisUrl; a private one: tablepick sandbox up redis',
  });
}
