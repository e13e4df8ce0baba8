import { setTimeout as sleep } from 'node:timers/promises';

import { connectRedisLater, type Redis } from 'tablepick/redis';
import { describe, expect, it } from 'vitest';

import { withPrivateRedis } from './support/private-redis.js';
import { testRedis } from './support/servers.js';

describe('a handle that connects later', () => {
  it('does so with its first commands, all of which are answered', async () => {
    const redis = connectRedisLater({ url: testRedis(), commandTimeoutMs: 10_000 });
    expect(await Promise.all(['one', 'two'].map((word) => redis.command(['ECHO', word])))).toEqual(['one', 'two']);
    await redis.close();
  });

  it('fails its commands until the server is there', async () => {
    await withPrivateRedis(async (server) => {
      await server.kill();
      const redis = connectRedisLater({ url: server.url });
      await expect(redis.command(['PING'])).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE', retriable: true });
      await server.start();
      await answered(redis);
      await redis.close();
    });
  });

  it('makes nobody wait for a server that accepts and stays silent, but for the first command', async () => {
    await withPrivateRedis(async (server) => {
      server.pause();
      const redis = connectRedisLater({ url: server.url });
      const message = async () => String(await redis.command(['PING']).catch((error: unknown) => error));
      // Each with a wait of its own, they would outlast the opening and tell how that ended.
      for (let tries = 0; tries < 100; tries += 1) expect(await message()).toMatch(/no connection: it is being opened/);
      server.resume();
      await answered(redis);
      await redis.close();
    });
  });

  it('never connects when it is closed before, and refuses a URL that is none at once', async () => {
    const redis = connectRedisLater({ url: testRedis() });
    await redis.close();
    await expect(redis.command(['PING'])).rejects.toMatchObject({ code: 'REDIS_FAILED' });
    expect(() => connectRedisLater({ url: 'http://cache' })).toThrow(expect.objectContaining({ code: 'BAD_URL' }));
  });
});

/** Asks until the server answers. */
async function answered(redis: Redis): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 20) {
    if ((await redis.command(['PING']).catch(() => undefined)) === 'PONG') return;
    await sleep(20);
  }
  throw new Error('waited 30 s in vain');
}
