import { type Database, type SchemaNames, defaultNames } from 'tablepick/database';
import {
  checkInvariants,
  createReservations,
  type HistoryEntry,
  type LockStrategyName,
  type ViolationKind,
} from 'tablepick/reservations';
import { startFaultProxy } from 'tablepick/testing';
import { describe, expect, it } from 'vitest';

import { withDatabase } from './support/entries.js';
import { type ReservationScene, withReservationScene } from './support/reservation-scene.js';
import { testServers } from './support/servers.js';

const columns = '{reservation.id}, {reservation.slotId}, {reservation.restaurantId}, {reservation.memberId}';

const oddNames: SchemaNames = {
  ...defaultNames,
  slot: { table: 'table', columns: { ...defaultNames.slot.columns, id: 'slot id', count: 'count(*)' } },
  reservation: {
    table: 'order',
    columns: { ...defaultNames.reservation.columns, status: 'select', slotId: 'slot', groupId: 'group' },
  },
};

describe.each(testServers())('the invariants on $name', (server) => {
  it('hold in an empty database, and in one that reservations were made, confirmed and cancelled in', async () => {
    await withReservationScene(server, { slots: 3, capacity: 5, names: oddNames }, async (scene) => {
      const empty = { slots: 3, reservations: 0, entries: 0 };
      expect(await checkInvariants(scene.database)).toEqual({
        ok: true,
        checked: empty,
        counts: {},
        violations: [],
        more: 0,
      });
      await liveALittle(scene);
      const report = await checkInvariants(scene.database);
      expect(report).toMatchObject({ ok: true, checked: { slots: 3, reservations: 6 }, violations: [] });
    });
  });

  it.each<[ViolationKind, string[], object, RegExp]>([
    [
      'count-differs',
      [`UPDATE {slot} SET {slot.count} = 4 WHERE {slot.id} = 2`],
      { slotId: 2 },
      /slot 2 .* says 4 .* hold 3/,
    ],
    [
      'overbooked',
      [`UPDATE {slot} SET {slot.capacity} = 2 WHERE {slot.id} = 2`],
      { slotId: 2 },
      /slot 2 .* has 2 seats, .* 3 are taken/,
    ],
    [
      'member-twice',
      [
        `ALTER TABLE {reservation} ADD INDEX ix_slot ({reservation.slotId}), DROP INDEX uk_reservation_live`,
        `UPDATE {reservation} SET {reservation.memberId} = 12 WHERE {reservation.slotId} = 2 AND {reservation.memberId} = 13`,
      ],
      { slotId: 2, memberId: 12 },
      /member 12 holds slot 2 by 2 live reservations/,
    ],
    [
      'slot-missing',
      [
        'SET foreign_key_checks = 0',
        `INSERT INTO {reservation} (${columns}) VALUES (900, 77, 1, 5)`,
        'SET foreign_key_checks = 1',
      ],
      { slotId: 77, reservationIds: [900], memberId: 5 },
      /reservation 900 of member 5 is for slot 77/,
    ],
    [
      'restaurant-missing',
      [
        'SET foreign_key_checks = 0',
        'UPDATE {slot} SET {slot.restaurantId} = 99 WHERE {slot.id} = 3',
        'SET foreign_key_checks = 1',
      ],
      { slotId: 3 },
      /slot 3 .* restaurant 99, which is not in the table/,
    ],
    [
      'group-differs',
      [
        `UPDATE {reservation} SET {reservation.status} = 'CANCELLED' WHERE {reservation.groupId} IS NOT NULL AND {reservation.slotId} = 1`,
        `UPDATE {slot} SET {slot.count} = {slot.count} - 1 WHERE {slot.id} = 1`,
      ],
      {},
      /were made as one, .* are PENDING and CANCELLED/,
    ],
    [
      'group-differs',
      ['UPDATE {reservation} SET {reservation.groupId} = NULL WHERE {reservation.groupId} = {reservation.id}'],
      {},
      /was made as one with reservation \d+, which is not the first/,
    ],
  ])('when broken as %s are found with the keys', async (kind, damage, keys, text) => {
    await withReservationScene(server, { slots: 3, capacity: 5, names: oddNames }, async (scene) => {
      await liveALittle(scene);
      await scene.database.session(async (session) => {
        for (const sql of damage) await session.execute(sql);
      });
      const report = await checkInvariants(scene.database);
      expect(report).toMatchObject({ ok: false, counts: { [kind]: 1 }, violations: [{ kind, ...keys }], more: 0 });
      expect(report.violations[0]?.text).toMatch(text);
    });
  });

  it('when broken many times are all counted, and as many of each kind listed as were asked for', async () => {
    await withReservationScene(server, { slots: 4500, capacity: 5 }, async ({ database, run }) => {
      await run('UPDATE {slot} SET {slot.count} = 6');
      const report = await checkInvariants(database, { limit: 3 });
      expect(report).toMatchObject({ counts: { 'count-differs': 4500, overbooked: 4500 }, more: 8994 });
      expect(report.violations.map(({ kind, slotId }) => `${kind} ${slotId}`)).toEqual([
        'count-differs 1',
        'count-differs 2',
        'count-differs 3',
        'overbooked 1',
        'overbooked 2',
        'overbooked 3',
      ]);
      expect(await checkInvariants(database, { limit: 0 })).toMatchObject({ ok: false, violations: [], more: 9000 });
    });
  });

  it('are not looked at any further when the signal fires', async () => {
    await withReservationScene(server, { slots: 1, capacity: 1 }, async ({ database }) => {
      await expect(checkInvariants(database, { signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'ABORTED',
      });
    });
  });

  it.each(['before', 'after'] as const)('are counted once when the connection breaks %s a COMMIT', async (when) => {
    await withReservationScene(server, { slots: 4500, capacity: 5 }, async ({ url, run }) => {
      await run('UPDATE {slot} SET {slot.count} = 6');
      const address = new URL(url);
      const proxy = await startFaultProxy({ target: { host: address.hostname, port: Number(address.port) } });
      address.host = `127.0.0.1:${proxy.port}`;
      await withDatabase({ url: address.href, sslMode: 'DISABLED' }, async (database) => {
        const lost = proxy.loseNextCommit(when, 1);
        const report = await checkInvariants(database, { limit: 2 });
        await lost;
        expect(report).toMatchObject({ checked: { slots: 4500 }, counts: { 'count-differs': 4500 }, more: 8996 });
      });
      await proxy.close();
    });
  });

  it('are told how far the look has come', async () => {
    await withReservationScene(server, { slots: 4500, capacity: 5 }, async ({ database }) => {
      const told: [number, number][] = [];
      await checkInvariants(database, { onProgress: (...progress) => void told.push(progress) });
      expect(told.at(-1)).toEqual([4500, 4500]);
      expect(told.length).toBeGreaterThan(1);
    });
  });

  it('are right beside live traffic', async () => {
    await withReservationScene(server, { slots: 4500, capacity: 500 }, async ({ database }) => {
      const traffic = { made: 0, stopped: false };
      const ended = Promise.all([1, 2, 3].map((client) => reserveAndCancel(database, traffic, client)));
      for (let rounds = 0; rounds < 10 || traffic.made < 200; rounds += 1) {
        expect(await checkInvariants(database)).toMatchObject({ ok: true, violations: [] });
      }
      traffic.stopped = true;
      await ended;
    });
  });

  it.each(['naive', 'save-and-flush'] as const)('are broken by %s under load', async (strategy) => {
    await withReservationScene(server, { slots: 1, capacity: 1000 }, async ({ database }) => {
      await storm(database, strategy, 300);
      const report = await checkInvariants(database);
      expect(report).toMatchObject({ ok: false, counts: { 'count-differs': 1 }, violations: [{ slotId: 1 }] });
    });
  });

  it('hold a history that lies against the tables', async () => {
    await withReservationScene(server, { slots: 3, capacity: 5 }, async (scene) => {
      await liveALittle(scene);
      const lies: HistoryEntry[] = [
        { ...call('reserve'), outcome: { kind: 'reserved', reservationId: 4711 } },
        { ...call('reserve', { idempotencyKey: 'full', slotIds: [3] }), outcome: { kind: 'sold-out' } },
        { ...call('reserve', { idempotencyKey: 'no slot', slotIds: [78] }), outcome: { kind: 'sold-out' } },
        { ...call('cancel', { reservationId: 2, memberId: 12 }), outcome: { kind: 'cancelled' } },
      ] as HistoryEntry[];
      const report = await checkInvariants(scene.database, { history: { entries: lies } });
      expect(report).toMatchObject({
        checked: { entries: 4 },
        counts: { 'acknowledged-missing': 1, 'sold-out-unjustified': 2, 'state-differs': 1 },
      });
    });
  });
});

function call(name: string, more: object = {}): object {
  const request = { slotIds: [1], memberId: 500, partySize: 1, seats: 1, idempotencyKey: 'told' };
  return { call: name, ...(name === 'reserve' ? request : {}), startedAtMs: 1, endedAtMs: 2, ...more };
}

/** Three on slot 2, one of them confirmed, one cancelled; two on slots 1 and 3 as one. */
async function liveALittle({ database }: ReservationScene): Promise<void> {
  const reservations = createReservations({ database, strategy: 'atomic' });
  const ids: number[] = [];
  for (const memberId of [11, 12, 13, 14]) {
    const outcome = await reservations.reserve({ slotId: 2, memberId, partySize: 2, idempotencyKey: `k${memberId}` });
    if (outcome.kind === 'reserved') ids.push(outcome.reservationId);
  }
  await reservations.confirm({ reservationId: ids[1]! });
  await reservations.cancel({ reservationId: ids[0]!, memberId: 11 });
  const slots = [{ slotId: 1 }, { slotId: 3 }];
  await reservations.reserve({ slots, memberId: 12, partySize: 2, idempotencyKey: 'both' });
  await reservations.close();
}

/** Two slots far apart as one, of which every second is given back, again and again. */
async function reserveAndCancel(
  database: Database,
  traffic: { made: number; stopped: boolean },
  client: number,
): Promise<void> {
  const reservations = createReservations({ database, strategy: 'atomic' });
  for (let memberId = client * 1_000_000; !traffic.stopped; memberId += 1) {
    const slots = [{ slotId: 1 + (memberId % 1000) }, { slotId: 4000 + (memberId % 500) }];
    const outcome = await reservations.reserve({ slots, memberId, partySize: 1, idempotencyKey: `k${memberId}` });
    if (outcome.kind === 'reserved' && memberId % 2 === 0) await reservations.cancel({ ...outcome, memberId });
    traffic.made += 1;
  }
  await reservations.close();
}

/** `clients` members at once, each of whom wants one seat of slot 1; a failure counts as an answer, too. */
async function storm(database: Database, strategy: LockStrategyName, clients: number): Promise<void> {
  const reservations = createReservations({ database, strategy });
  const members = Array.from({ length: clients }, (_, index) => index + 1);
  await Promise.allSettled(
    members.map((memberId) =>
      reservations.reserve({ slotId: 1, memberId, partySize: 1, idempotencyKey: `k${memberId}` }),
    ),
  );
  await reservations.close();
}
