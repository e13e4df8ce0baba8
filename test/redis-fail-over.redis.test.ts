import { describe, expect, it } from 'vitest';

import { openDoor } from './support/open-door.js';
import { withPrivateRedis } from './support/private-redis.js';
import { answered, withRedis } from './support/redis-handle.js';

const UNAVAILABLE = { code: 'REDIS_UNAVAILABLE', retriable: true };

describe('a handle to Redis', () => {
  it('finds the new primary when the server it writes to is made a replica', async () => {
    await withPrivateRedis(async (first) => {
      await withPrivateRedis(async (second) => {
        let primary = first.url;
        const door = await openDoor(() => Number(new URL(primary).port));
        const address = new URL(first.url);
        address.port = String(door.port);
        // Both servers let in the same user.
        const { password } = address;
        await withRedis({ url: second.url }, (redis) => redis.command(['CONFIG', 'SET', 'requirepass', password]));
        const byPassword = new URL(second.url);
        byPassword.password = password;
        await withRedis({ url: address.href }, async (redis) => {
          expect(await redis.command(['SET', 'k', 'old'])).toBe('OK');
          await withRedis({ url: byPassword.href }, (to) => to.command(['REPLICAOF', 'NO', 'ONE']));
          const port = byPassword.port;
          await withRedis({ url: first.url }, (from) => from.command(['REPLICAOF', '127.0.0.1', port]));
          primary = byPassword.href;
          const refused = redis.command(['SET', 'k', 'new']);
          await expect(refused).rejects.toMatchObject({
            ...UNAVAILABLE,
            hint: expect.stringMatching(/primary/) as string,
          });
          await answered(redis);
          expect(await redis.command(['SET', 'k', 'new'])).toBe('OK');
        });
        await withRedis({ url: byPassword.href }, async (to) => expect(await to.command(['GET', 'k'])).toBe('new'));
        await door.close();
      });
    });
  });
});
