import { createHash } from 'node:crypto';

import type { Redis, RedisScript } from './redis.js';
import { isUnknownScript } from './redis-errors.js';

/**
 * A script that is called by its digest. When the server does not know the digest, the whole script is sent.
 *
 * @source Redis documentation, EVALSHA: NOSCRIPT before anything is run; EVAL makes the digest known.
 */
export function prepareScript(send: Redis['command'], lua: string): RedisScript {
  const digest = createHash('sha1').update(lua).digest('hex');
  return {
    run: async (keys, args) => {
      const rest = [keys.length, ...keys, ...args];
      try {
        return await send(['EVALSHA', digest, ...rest]);
      } catch (error) {
        if (!isUnknownScript(error)) throw error;
        return send(['EVAL', lua, ...rest]);
      }
    },
  };
}
