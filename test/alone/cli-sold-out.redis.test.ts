import { connectRedis } from 'tablepick/redis';
import { describe, expect, it } from 'vitest';

import { withPrivateRedis } from '../support/private-redis.js';
import { withReservationScene } from '../support/reservation-scene.js';
import { runCli } from '../support/run-cli.js';
import { testServer } from '../support/servers.js';

const flag = 'reservation:full:1:2099-01-01:01:00';

describe('the commands about reservations, with a Redis', () => {
  it('flag a slot that is full, and remove the flag when its seat is given back', async () => {
    await withPrivateRedis(async (redis) => {
      await withReservationScene(testServer('mysql'), { slots: 1, capacity: 1 }, async ({ url, run }) => {
        const codeOf = async (...words: string[]) =>
          (await runCli([...words, '--url', url, '--redis-url', redis.url])).code;
        const reader = await connectRedis({ url: redis.url, commandTimeoutMs: 10_000 });
        const isFlagged = async () => (await reader.command(['EXISTS', flag])) === 1;
        const reserve = (member: number) =>
          codeOf('reserve', '--slot', '1', '--member', String(member), '--hold', '1h');
        expect([await reserve(1), await reserve(2), await isFlagged()]).toEqual([0, 5, true]);
        expect([await codeOf('cancel', '1', '--member', '1'), await isFlagged()]).toEqual([0, false]);
        expect([await reserve(3), await reserve(4), await isFlagged()]).toEqual([0, 5, true]);
        await run('UPDATE reservation SET expires_at = NOW(6) - INTERVAL 1 SECOND');
        expect([await codeOf('reservations', 'expire'), await isFlagged()]).toEqual([0, false]);
        expect([await reserve(5), await reserve(6), await isFlagged()]).toEqual([0, 5, true]);
        await run('UPDATE reservation SET expires_at = NOW(6) - INTERVAL 1 SECOND');
        expect([await codeOf('confirm', '3'), await isFlagged()]).toEqual([5, false]);
        await reader.close();
      });
    });
  });

  it('reserve under redis-lock only with one', async () => {
    await withPrivateRedis(async (redis) => {
      await withReservationScene(testServer('mysql'), { slots: 1, capacity: 1 }, async ({ url }) => {
        const words = ['reserve', '--slot', '1', '--member', '1', '--strategy', 'redis-lock', '--url', url];
        const without = await runCli(words);
        expect([without.code, without.stderr]).toEqual([2, expect.stringMatching(/hint: .*--redis-url/)]);
        expect((await runCli([...words, '--redis-url', redis.url])).code).toBe(0);
      });
    });
  });
});
