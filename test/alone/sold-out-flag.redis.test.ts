import type { Database } from 'tablepick/database';
import { connectRedis, type Redis } from 'tablepick/redis';
import {
  checkInvariants,
  createReservations,
  rebuildSoldOutFlags,
  type Reservations,
  type SoldOutFlagOptions,
} from 'tablepick/reservations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ask, eventually, idOf } from '../support/reservation-requests.js';
import { type PrivateSandbox, startPrivateSandbox } from '../support/private-server.js';
import { type ReservationScene, type SceneSettings, withReservationScene } from '../support/reservation-scene.js';
import { testServers } from '../support/servers.js';
import { counting, gatedReads } from '../support/watched-database.js';

let cache: PrivateSandbox;
let redis: Redis;

beforeAll(async () => {
  cache = await startPrivateSandbox('redis');
  redis = await connectRedis({ url: cache.url, commandTimeoutMs: 10_000 });
});

afterAll(async () => {
  await redis?.close();
  await cache?.remove();
});

/** Of slot 1 and so on in a scene. */
const flagOf = (slotId: number) => `reservation:full:1:2099-01-01:${String(slotId).padStart(2, '0')}:00`;
const isFlagged = async (slotId = 1) => (await redis.command(['EXISTS', flagOf(slotId)])) === 1;

interface Scene extends ReservationScene {
  /** Reservations of a process of its own. */
  open(flag?: SoldOutFlagOptions, database?: Database): Reservations;
  /** Reserves for members 1, 2, … of slot 1 until it is full, lets one more be refused and waits for the flag. */
  sellOut(reservations: Reservations): Promise<number[]>;
}

describe.each(testServers())('the sold-out flag on $name', (server) => {
  async function withFlags(settings: SceneSettings, work: (scene: Scene) => Promise<void>): Promise<void> {
    await withReservationScene(server, settings, async (scene) => {
      const opened: Reservations[] = [];
      const open: Scene['open'] = (soldOutFlag = { recheckMs: 60_000 }, database = scene.database) => {
        const reservations = createReservations({ database, redis, soldOutFlag, strategy: 'atomic' });
        opened.push(reservations);
        return reservations;
      };
      const sellOut: Scene['sellOut'] = async (reservations) => {
        const ids: number[] = [];
        for (let memberId = 1; memberId <= settings.capacity; memberId += 1) {
          const outcome = await reservations.reserve(ask(memberId));
          if (outcome.kind === 'reserved') ids.push(outcome.reservationId);
        }
        expect(await reservations.reserve(ask(900))).toEqual({ kind: 'sold-out' });
        await eventually(() => isFlagged());
        return ids;
      };
      await work({ ...scene, open, sellOut });
      for (const reservations of opened) await reservations.close();
      expect(await checkInvariants(scene.database)).toMatchObject({ ok: true, violations: [] });
      await redis.command(['FLUSHALL']);
    });
  }

  it('answers for a full slot without the database, after each process has checked once', async () => {
    await withFlags({ slots: 2, capacity: 2 }, async ({ open, sellOut, database }) => {
      await sellOut(open());
      const counted = counting(database);
      const other = open(undefined, counted.database);
      expect(await other.reserve(ask(901))).toEqual({ kind: 'sold-out' });
      expect(counted.calls()).toBeGreaterThan(0);
      const before = counted.calls();
      for (const memberId of [902, 903, 904]) {
        expect(await other.reserve(ask(memberId))).toEqual({ kind: 'sold-out' });
      }
      expect(counted.calls()).toBe(before);
      expect(await other.reserve(ask(905, 2))).toMatchObject({ kind: 'reserved' });
    });
  });

  it('of one of several slots answers for all of them', async () => {
    await withFlags({ slots: 2, capacity: 1 }, async ({ open, sellOut, database }) => {
      await sellOut(open());
      const counted = counting(database);
      const other = open(undefined, counted.database);
      const both = (memberId: number) => ({ ...ask(memberId), slots: [{ slotId: 2 }, { slotId: 1 }] });
      expect(await other.reserve(both(901))).toEqual({ kind: 'sold-out' });
      const before = counted.calls();
      expect(await other.reserve(both(902))).toEqual({ kind: 'sold-out' });
      expect(counted.calls()).toBe(before);
    });
  });

  it('leaves to the database whoever is there already, by key or as a member', async () => {
    await withFlags({ slots: 2, capacity: 3 }, async ({ open, sellOut }) => {
      const first = open();
      const cancelled = await first.reserve({ ...ask(50), idempotencyKey: 'cancelled' });
      await first.cancel({ memberId: 50, reservationId: idOf(cancelled) });
      const [id] = await sellOut(first);
      const other = open();
      expect(await other.reserve(ask(901))).toEqual({ kind: 'sold-out' });
      expect(await other.reserve(ask(1))).toEqual({ kind: 'reserved', reservationId: id });
      expect(await other.reserve({ ...ask(1), idempotencyKey: 'new' })).toEqual({
        kind: 'duplicate',
        reservationId: id,
      });
      expect(await other.reserve({ ...ask(50), idempotencyKey: 'cancelled' })).toEqual(cancelled);
      const reused = other.reserve({ ...ask(902), idempotencyKey: 'k1' });
      await expect(reused).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
      expect(await other.reserve(ask(903))).toEqual({ kind: 'sold-out' });
    });
  });

  it('knows what was reserved as one on each of its slots', async () => {
    await withFlags({ slots: 2, capacity: 1 }, async ({ open }) => {
      const one = open();
      const group = { ...ask(60), slots: [{ slotId: 1 }, { slotId: 2 }] };
      const grouped = await one.reserve(group);
      await one.cancel({ memberId: 60, reservationId: idOf(grouped) });
      await one.reserve(ask(61, 2));
      expect(await one.reserve(ask(900, 2))).toEqual({ kind: 'sold-out' });
      await eventually(() => isFlagged(2));
      expect(await one.reserve(group)).toEqual(grouped);
    });
  });

  it('leaves a party larger than the slot to the database, which says so', async () => {
    await withFlags({ slots: 1, capacity: 2 }, async ({ open, sellOut, database }) => {
      await sellOut(open());
      const byGuest = createReservations({ database, redis, soldOutFlag: {}, strategy: 'atomic', seatsPer: 'guest' });
      expect(await byGuest.reserve({ ...ask(901), partySize: 2 })).toEqual({ kind: 'sold-out' });
      const tooLarge = byGuest.reserve({ ...ask(902), partySize: 3 });
      await expect(tooLarge).rejects.toMatchObject({ code: 'PARTY_TOO_LARGE' });
      await byGuest.close();
    });
  });

  it('is not set while a seat is left, however many are refused', async () => {
    await withFlags({ slots: 1, capacity: 3 }, async ({ database }) => {
      const byGuest = createReservations({ database, redis, soldOutFlag: {}, strategy: 'atomic', seatsPer: 'guest' });
      await byGuest.reserve({ ...ask(1), partySize: 2 });
      expect(await byGuest.reserve({ ...ask(2), partySize: 2 })).toEqual({ kind: 'sold-out' });
      await byGuest.close();
      expect(await isFlagged()).toBe(false);
    });
  });

  it.each<[string, (reservations: Reservations, reservationId: number) => Promise<unknown>]>([
    ['cancelled', (reservations, reservationId) => reservations.cancel({ reservationId, memberId: 1 })],
    ['expired', (reservations, reservationId) => reservations.expire({ reservationId })],
    ['expired by a sweep', (reservations) => reservations.expireDue()],
    ['expired by being confirmed too late', (reservations, reservationId) => reservations.confirm({ reservationId })],
  ])('is gone with a reservation that was %s, and the seat is sold at once by everybody', async (how, end) => {
    await withFlags({ slots: 1, capacity: 1 }, async ({ open, run }) => {
      const [one, other] = [open(), open()];
      const held = await one.reserve({ ...ask(1), holdTtlMs: 60_000 });
      for (const each of [one, other]) expect(await each.reserve(ask(900))).toEqual({ kind: 'sold-out' });
      await eventually(() => isFlagged());
      if (how !== 'cancelled') await run('UPDATE reservation SET expires_at = NOW(6) - INTERVAL 1 SECOND');
      await end(one, idOf(held));
      expect(await other.reserve(ask(2))).toMatchObject({ kind: 'reserved' });
    });
  });

  it('is not set by who asked the database before a seat was given back', async () => {
    await withFlags({ slots: 1, capacity: 1 }, async ({ open, database }) => {
      const one = open();
      const held = await one.reserve(ask(1));
      const slow = gatedReads(database);
      const other = open(undefined, slow.database);
      expect(await other.reserve(ask(900))).toEqual({ kind: 'sold-out' });
      await slow.read;
      await one.cancel({ reservationId: idOf(held), memberId: 1 });
      slow.open();
      await other.close();
      expect(await isFlagged()).toBe(false);
    });
  });

  it('is not set by who asked before Redis forgot everything', async () => {
    await withFlags({ slots: 1, capacity: 1 }, async ({ open, database }) => {
      const slow = gatedReads(database);
      const one = open(undefined, slow.database);
      await one.reserve(ask(1));
      expect(await one.reserve(ask(900))).toEqual({ kind: 'sold-out' });
      await slow.read;
      await redis.command(['FLUSHALL']);
      slow.open();
      await one.close();
      expect(await isFlagged()).toBe(false);
    });
  });

  it('that is stale, because somebody gave seats back who keeps no flags, is gone with the next check', async () => {
    await withFlags({ slots: 1, capacity: 2 }, async ({ open, sellOut, database }) => {
      const patient = open();
      const [id] = await sellOut(patient);
      const without = createReservations({ database, strategy: 'atomic' });
      await without.cancel({ reservationId: id!, memberId: 1 });
      await without.close();
      expect(await patient.reserve(ask(901))).toEqual({ kind: 'sold-out' });
      const hasty = open({ recheckMs: 1 });
      expect(await hasty.reserve(ask(902))).toMatchObject({ kind: 'reserved' });
      expect(await isFlagged()).toBe(false);
    });
  });

  it('ends with its life', async () => {
    await withFlags({ slots: 1, capacity: 1 }, async ({ open, sellOut }) => {
      await sellOut(open({ ttlMs: 300, recheckMs: 60_000 }));
      await eventually(async () => !(await isFlagged()));
    });
  });

  it('of another database counts for nothing here', async () => {
    await withFlags({ slots: 1, capacity: 1 }, async ({ open, sellOut }) => {
      await sellOut(open());
      await withReservationScene(server, { slots: 1, capacity: 5 }, async ({ database }) => {
        const stranger = createReservations({ database, redis, soldOutFlag: {}, strategy: 'atomic' });
        const outcomes = await Promise.all([1, 2, 3].map((memberId) => stranger.reserve(ask(memberId))));
        expect(outcomes.map(({ kind }) => kind)).toEqual(['reserved', 'reserved', 'reserved']);
        await stranger.close();
      });
    });
  });

  it('is not set for a slot with more reservations than a flag should hold', async () => {
    await withFlags({ slots: 1, capacity: 5001 }, async ({ open, run }) => {
      const rows = Array.from({ length: 5001 }, (_, index) => `(1, 1, ${index + 1})`).join(', ');
      await run(`INSERT INTO reservation (reservation_slot_id, restaurant_id, member_id) VALUES ${rows}`);
      await run('UPDATE reservation_slot SET count = 5001');
      const reservations = open();
      expect(await reservations.reserve(ask(9000))).toEqual({ kind: 'sold-out' });
      await reservations.close();
      expect(await isFlagged()).toBe(false);
    });
  });

  it('is rebuilt from the database: what is full is flagged, what is not is not', async () => {
    await withFlags({ slots: 20, capacity: 1 }, async ({ open, database, run }) => {
      const reservations = open();
      for (const slotId of [3, 7, 19]) await reservations.reserve(ask(slotId, slotId));
      await run(
        "INSERT INTO reservation_slot (restaurant_id, date, time, capacity) VALUES (1, '2020-01-01', '19:00', 0)",
      );
      await redis.command(['HSET', flagOf(5), 'source', 'somebody']);
      await redis.command(['SET', 'reservation:full:odd', '1']);
      expect(await rebuildSoldOutFlags({ database, redis })).toEqual({ set: 3, removed: 1 });
      const flags = (await redis.command(['KEYS', 'reservation:full:1:*'])) as string[];
      expect(flags.sort()).toEqual([3, 7, 19].map(flagOf));
      expect(await rebuildSoldOutFlags({ database, redis })).toEqual({ set: 3, removed: 0 });
      const counted = counting(database);
      const other = open(undefined, counted.database);
      await other.reserve(ask(1, 3));
      const before = counted.calls();
      expect(await other.reserve(ask(2, 3))).toEqual({ kind: 'sold-out' });
      expect(counted.calls()).toBe(before);
      const stopped = rebuildSoldOutFlags({ database, redis, signal: AbortSignal.abort() });
      await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    });
  });
});

describe('the sold-out flag', () => {
  it('is refused without a Redis, and with a life or a check that is none', async () => {
    await withReservationScene(testServers()[0]!, { slots: 1, capacity: 1 }, async ({ database }) => {
      const open = (more: object) => () => createReservations({ database, soldOutFlag: {}, ...more });
      expect(open({})).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
      for (const soldOutFlag of [{ ttlMs: 0 }, { recheckMs: 1.5 }, { ttlMs: NaN }]) {
        expect(open({ redis, soldOutFlag })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
      }
    });
  });
});
