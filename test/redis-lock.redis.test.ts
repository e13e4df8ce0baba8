import { setTimeout as sleep } from 'node:timers/promises';

import type { Database } from 'tablepick/database';
import { connectRedis, type Redis } from 'tablepick/redis';
import {
  checkInvariants,
  createRedisLock,
  createReservations,
  type RedisLockOptions,
  type Reservations,
} from 'tablepick/reservations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { withPrivateRedis } from './support/private-redis.js';
import { type PrivateSandbox, startPrivateSandbox } from './support/private-server.js';
import { type ReservationScene, type SceneSettings, withReservationScene } from './support/reservation-scene.js';
import { testServers } from './support/servers.js';
import { gatedTransactions, signal } from './support/watched-database.js';

let locks: PrivateSandbox;
let redis: Redis;

beforeAll(async () => {
  locks = await startPrivateSandbox('redis');
  redis = await connectRedis({ url: locks.url, commandTimeoutMs: 10_000 });
});

afterAll(async () => {
  await redis?.close();
  await locks?.remove();
});

const lockOf = (slotId: number) => redis.command(['GET', `reservation:lock:${slotId}`]);

describe.each(testServers())('redis-lock on $name', (server) => {
  /** Opens reservations under redis-lock; the invariants hold at the end and no lock is left. */
  async function withLocks(
    settings: SceneSettings & { lock?: RedisLockOptions; tries?: number },
    work: (reservations: Reservations, scene: ReservationScene) => Promise<void>,
  ): Promise<void> {
    await withReservationScene(server, settings, async (scene) => {
      const reservations = createReservations({
        database: scene.database,
        strategy: createRedisLock({ redis, ...settings.lock }),
        conflictRetry: { retries: settings.tries ?? 100, baseMs: 2, capMs: 50 },
      });
      await work(reservations, scene);
      await reservations.close();
      expect(await checkInvariants(scene.database)).toMatchObject({ ok: true, violations: [] });
      expect(await redis.command(['KEYS', 'reservation:lock:*'])).toEqual([]);
    });
  }

  it('gives each seat once, to as many as there are seats for, and leaves no lock behind', async () => {
    await withLocks({ slots: 1, capacity: 20 }, async (reservations) => {
      const outcomes = await Promise.all(members(40).map((memberId) => reservations.reserve(ask(memberId))));
      expect(count(outcomes.map(({ kind }) => kind))).toEqual({ reserved: 20, 'sold-out': 20 });
    });
  });

  it('works by its name with a URL, and opens no connection before it is used', async () => {
    await withReservationScene(server, { slots: 1, capacity: 1 }, async ({ database }) => {
      await createReservations({ database, strategy: 'redis-lock', redisUrl: 'redis://127.0.0.1:1' }).close();
      const reservations = createReservations({ database, strategy: 'redis-lock', redisUrl: locks.url });
      expect(await reservations.reserve(ask(1))).toMatchObject({ kind: 'reserved' });
      expect(await reservations.reserve(ask(1))).toMatchObject({ kind: 'reserved' });
      expect(await reservations.reserve({ ...ask(1), idempotencyKey: 'other' })).toMatchObject({ kind: 'duplicate' });
      await reservations.close();
    });
  });

  it('takes several slots all or nothing, also when others take the same ones in another order', async () => {
    await withLocks({ slots: 3, capacity: 10 }, async (reservations, { database }) => {
      const orders = [[1, 2, 3], [3, 2, 1], [2, 3], [3, 1]] as const; // prettier-ignore
      const outcomes = await Promise.all(
        members(24).map((memberId) => {
          const slots = orders[memberId % orders.length]!.map((slotId) => ({ slotId }));
          return reservations.reserve({ slots, memberId, partySize: 1, idempotencyKey: `k${memberId}` });
        }),
      );
      const kinds = count(outcomes.map(({ kind }) => kind));
      expect(Object.keys(kinds).sort()).toEqual(['reserved', 'sold-out']);
      expect(await readCounts(database)).toContain(10);
    });
  });

  it('is contended while another has the lock, writes nothing and leaves that lock alone', async () => {
    await withLocks({ slots: 2, capacity: 5, tries: 3 }, async (reservations, { database }) => {
      await redis.command(['SET', 'reservation:lock:2', 'another', 'PX', 60_000]);
      const slots = [{ slotId: 1 }, { slotId: 2 }];
      const outcome = await reservations.reserve({ slots, memberId: 1, partySize: 1, idempotencyKey: 'both' });
      expect(outcome).toEqual({ kind: 'contended', attempts: 4 });
      expect(await readCounts(database)).toEqual([0, 0]);
      expect([await lockOf(1), await lockOf(2)]).toEqual([null, 'another']);
      await redis.command(['DEL', 'reservation:lock:2']);
    });
  });

  it('stops waiting for a lock when the signal fires', async () => {
    await withLocks({ slots: 1, capacity: 5, tries: 10_000 }, async (reservations, { database }) => {
      await redis.command(['SET', 'reservation:lock:1', 'another', 'PX', 60_000]);
      const stop = new AbortController();
      const refused = expect(reservations.reserve(ask(1), { signal: stop.signal })).rejects.toMatchObject({
        code: 'ABORTED',
      });
      await sleep(20);
      stop.abort();
      await refused;
      expect(await readCounts(database)).toEqual([0]);
      await redis.command(['DEL', 'reservation:lock:1']);
    });
  });

  it('extends its lock for as long as the work takes', async () => {
    await withLocks({ slots: 1, capacity: 5, lock: { leaseMs: 1500 } }, async (reservations, { database }) => {
      const release = await holdRow(database);
      const outcome = reservations.reserve(ask(1));
      const owner = await eventually(() => lockOf(1));
      await sleep(4000);
      expect(await lockOf(1)).toBe(owner);
      await release();
      expect(await outcome).toMatchObject({ kind: 'reserved' });
    });
  });

  it.each(['given to another', 'forgotten'])('commits nothing under a lock that was %s meanwhile', async (how) => {
    await withLocks({ slots: 1, capacity: 5, lock: { leaseMs: 300 }, tries: 2 }, async (reservations, { database }) => {
      const release = await holdRow(database);
      const outcome = reservations.reserve(ask(1));
      await eventually(() => lockOf(1));
      if (how === 'forgotten') await redis.command(['DEL', 'reservation:lock:1']);
      else await redis.command(['SET', 'reservation:lock:1', 'another', 'PX', 60_000]);
      // Its next extension is refused; the row keeps it from committing before.
      await sleep(1000);
      await release();
      expect(await outcome).toMatchObject({ kind: how === 'forgotten' ? 'reserved' : 'contended' });
      expect(await readTokens(database)).toHaveLength(how === 'forgotten' ? 1 : 0);
      if (how === 'given to another') expect(await lockOf(1)).toBe('another');
      await redis.command(['DEL', 'reservation:lock:1']);
    });
  });

  it('refuses in the database a holder that a later one has overtaken, though nothing told it so', async () => {
    await withReservationScene(server, { slots: 1, capacity: 5 }, async ({ database }) => {
      const gate = gatedTransactions(database);
      const strategy = createRedisLock({ redis, leaseMs: 60_000 });
      const late = createReservations({ database: gate.database, strategy });
      const quick = createReservations({ database, strategy });
      const lateOutcome = late.reserve(ask(1));
      await gate.reached;
      await redis.command(['DEL', 'reservation:lock:1', 'reservation:fence:1']);
      expect(await quick.reserve(ask(2))).toMatchObject({ kind: 'reserved' });
      const [tokenOfQuick] = await readTokens(database);
      gate.open();
      expect(await lateOutcome).toMatchObject({ kind: 'reserved' });
      expect(gate.transactions()).toBe(2);
      expect((await readTokens(database))[0]).toBeGreaterThan(tokenOfQuick!);
      await Promise.all([late.close(), quick.close()]);
      expect(await checkInvariants(database)).toMatchObject({ ok: true, checked: { reservations: 2 } });
    });
  });

  it('sells a slot on when the clock of Redis went back behind the last token', async () => {
    await withLocks({ slots: 1, capacity: 5 }, async (reservations, { run, database }) => {
      const future = (Date.now() + 3_600_000) * 1000;
      await run('INSERT INTO slot_fence (slot_id, token) VALUES (1, ?)', [future]);
      for (const memberId of [1, 2])
        expect(await reservations.reserve(ask(memberId))).toMatchObject({ kind: 'reserved' });
      expect(await readTokens(database)).toEqual([future + 2]);
      await redis.command(['DEL', 'reservation:fence:1']);
    });
  });

  it('fails within seconds while Redis is down, writes nothing, and says what to do; or goes on without it', async () => {
    await withPrivateRedis(async (down) => {
      await withReservationScene(server, { slots: 1, capacity: 5 }, async ({ database }) => {
        const reservations = createReservations({ database, strategy: 'redis-lock', redisUrl: down.url });
        expect(await reservations.reserve(ask(1))).toMatchObject({ kind: 'reserved' });
        await down.kill();
        await expect(reservations.reserve(ask(2))).rejects.toMatchObject({
          code: 'REDIS_UNAVAILABLE',
          retriable: true,
          message: expect.stringMatching(/nothing was written/) as string,
          hint: expect.stringMatching(/whether Redis is up/) as string,
        });
        expect(await readCounts(database)).toEqual([1]);
        const strategy = createRedisLock({ whenRedisIsDown: 'atomic' });
        const alone = createReservations({ database, strategy, redisUrl: down.url });
        expect(await alone.reserve(ask(3))).toMatchObject({ kind: 'reserved' });
        await down.start();
        expect(await retried(() => reservations.reserve(ask(2)))).toMatchObject({ kind: 'reserved' });
        await Promise.all([reservations.close(), alone.close()]);
        expect(await checkInvariants(database)).toMatchObject({ ok: true, checked: { reservations: 3 } });
      });
    });
  });
});

describe('redis-lock', () => {
  it('is refused without a Redis, with a URL that is none, and with a lease that is none', async () => {
    await withReservationScene(testServers()[0]!, { slots: 1, capacity: 1 }, async ({ database }) => {
      const open = (more: object) => () => createReservations({ database, strategy: 'redis-lock', ...more });
      expect(open({})).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
      expect(open({ redisUrl: 'http://cache' })).toThrow(expect.objectContaining({ code: 'BAD_URL' }));
      for (const leaseMs of [0, 99, 1000.5, NaN]) {
        expect(() => createRedisLock({ leaseMs })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
      }
    });
  });
});

function members(howMany: number): number[] {
  return Array.from({ length: howMany }, (_, index) => index + 1);
}

function ask(memberId: number) {
  return { slotId: 1, memberId, partySize: 1, idempotencyKey: `k${memberId}` };
}

function count(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

async function readCounts(database: Database): Promise<number[]> {
  const rows = await database.query<{ count: number }>('SELECT count FROM reservation_slot ORDER BY id');
  return rows.map((row) => row.count);
}

async function readTokens(database: Database): Promise<number[]> {
  const rows = await database.query<{ token: number }>('SELECT token FROM slot_fence ORDER BY slot_id');
  return rows.map((row) => row.token);
}

/** Locks the row of slot 1 until the returned function is called. */
async function holdRow(database: Database): Promise<() => Promise<void>> {
  const locked = signal();
  const released = signal();
  const held = database.transaction(async (tx) => {
    await tx.query('SELECT id FROM reservation_slot WHERE id = 1 FOR UPDATE');
    locked.fire();
    await released.fired;
  });
  await Promise.race([locked.fired, held]);
  return () => (released.fire(), held);
}

async function eventually<T>(read: () => Promise<T | null>): Promise<T> {
  for (let waited = 0; waited < 30_000; waited += 5) {
    const value = await read();
    if (value !== null) return value;
    await sleep(5);
  }
  throw new Error('waited 30 s in vain');
}

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === 20) throw error;
    }
  }
}
