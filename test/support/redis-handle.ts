import { setTimeout as sleep } from 'node:timers/promises';

import { connectRedis, type ConnectRedisOptions, type Redis } from 'tablepick/redis';

/** Opens a handle and closes it. */
export async function withRedis<T>(options: ConnectRedisOptions, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = await connectRedis(options);
  try {
    return await work(redis);
  } finally {
    await redis.close();
  }
}

/** Asks until the server answers again. */
export async function answered(redis: Redis): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 20) {
    if ((await redis.command(['PING']).catch(() => undefined)) === 'PONG') return;
    await sleep(20);
  }
  throw new Error('waited 30 s in vain');
}
