import { setTimeout as sleep } from 'node:timers/promises';

import { type Database, connect, diagnose } from 'tablepick/database';
import { countDeadLetters } from 'tablepick/messaging';
import { paymentGroup, paymentTopic, reservationTopic } from 'tablepick/payments';
import { reconcile } from 'tablepick/reconcile';
import { checkInvariants, createReservations, recordHistory, type HistoryEntry } from 'tablepick/reservations';
import { recordSaga, reservationGroup } from 'tablepick/saga';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type FailOverPair, startFailOverPair } from '../support/fail-over-pair.js';
import { startGenerating, startGuests } from '../support/fail-over-traffic.js';
import { until, untilQuiet } from '../support/fire-judge.js';
import { fireRandom } from '../support/fire-random.js';
import { isShare } from '../support/fire-share.js';
import { withMigratedDatabase } from '../support/migrated-database.js';
import { endOf } from '../support/reservation-fire.js';
import { withReservationScene } from '../support/reservation-scene.js';
import { runCli } from '../support/run-cli.js';
import { withSaga } from '../support/saga-scene.js';
import { type TestServer, withConnection } from '../support/servers.js';

const SWITCHES = isShare ? { mysql: 2, mariadb: 1 } : { mysql: 50, mariadb: 25 };
const servers = ['mysql', 'mariadb'] as const;
const SLOTS = 10;
const random = fireRandom();

const readers = [
  { group: reservationGroup, topics: [paymentTopic] },
  { group: paymentGroup, topics: [reservationTopic, paymentTopic] },
];

describe.each(servers)('a fail-over to a replica on %s, the old writer up and read-only', (name) => {
  let pair: FailOverPair;
  let server: TestServer;

  beforeAll(async () => {
    pair = await startFailOverPair(name);
    server = { name, url: pair.url };
  });
  afterAll(() => pair?.remove());

  it('is worked through by everything that writes: nothing acknowledged is lost, no request fails', async () => {
    const settings = { slots: SLOTS, capacity: 100_000 };
    await withSaga(server, settings, async ({ database, payments, transport, reservations: combining }) => {
      const other = await connect({ url: urlOf(pair, database), poolSize: 8 });
      const entries: HistoryEntry[] = [];
      const record = (each: typeof combining) => recordHistory(each, { add: (entry) => entries.push(entry) });
      const atomic = createReservations({ database: other, strategy: 'atomic', recordChanges: recordSaga() });
      await withMigratedDatabase(server, async (slots) => {
        const generating = await startGenerating(slots);
        const guests = [combining, atomic].map((each, place) =>
          startGuests(record(each), { lanes: 8, slots: SLOTS, firstMember: 1 + place * 1_000_000, random }),
        );
        for (let round = 0; round < SWITCHES[name]; round += 1) {
          await sleep(1000 + random() * 1500);
          await pair.switchOver(random() * 1500);
        }
        await sleep(1000);
        const ends = await Promise.all(guests.map((each) => each.stop()));
        const generations = await generating.stop();
        console.log(JSON.stringify({ switches: SWITCHES[name], ends, generations }));
        for (const end of ends) expect(Object.keys(end).filter((kind) => kind.startsWith('failed'))).toEqual([]);
        for (const { reserved = 0, cancelled = 0 } of ends) expect(Math.min(reserved, cancelled)).toBeGreaterThan(0);
        expect(generations).toBeGreaterThan(0);
      });
      await untilQuiet({ transport, outboxes: [database, payments], readers });
      const history = { entries, exclusive: false };
      expect(await checkInvariants(database, { history, limit: 5 })).toMatchObject({ ok: true, violations: [] });
      for (const each of [database, payments]) expect(await countDeadLetters(each)).toEqual([]);
      await expectMoneyIsSeats({ database, payments, reservations: combining });
      await atomic.close();
      await other.close();
    });
  });

  it('is noticed by who asks about what the old writer does not know', async () => {
    await withReservationScene(server, { slots: 3, capacity: 4 }, async ({ database: first, run }) => {
      const before = createReservations({ database: first });
      const ask = { partySize: 1, holdTtlMs: 600_000 };
      const old = await before.reserve({ slotId: 1, memberId: 1, idempotencyKey: 'old', ...ask });
      // Each on a handle of its own that has a connection to the old writer, and hears of the fail-over by nothing
      // else.
      const idle = await Promise.all(
        Array.from({ length: 8 }, () => connect({ url: urlOf(pair, first), poolSize: 2 })),
      );
      const [a, b, c, d, e, f] = idle.map((database) => createReservations({ database }));
      try {
        const writer = pair.writerUrl();
        await pair.switchOver();
        await withConnection(writer, (connection) => connection.query('STOP REPLICA'));
        const made = await before.reserve({ slotId: 2, memberId: 2, idempotencyKey: 'made', ...ask });
        const due = await before.reserve({ slotId: 2, memberId: 3, idempotencyKey: 'due', ...ask, holdTtlMs: 1 });
        await run(`INSERT INTO {slot} ({slot.id}, {slot.restaurantId}, {slot.date}, {slot.time}, {slot.capacity})
          VALUES (9, 1, '2099-03-01', '18:00', 4)`);
        const [{ reservationId }, { reservationId: dueId }] = [made, due] as { reservationId: number }[] as [
          { reservationId: number },
          { reservationId: number },
        ];
        await before.cancel({ reservationId: (old as { reservationId: number }).reservationId, memberId: 1 });
        expect(await a!.resolve({ slotId: 2, memberId: 2, idempotencyKey: 'made', ...ask })).toEqual(made);
        expect(await b!.confirm({ reservationId })).toEqual({ kind: 'confirmed' });
        expect(await c!.cancel({ reservationId, memberId: 2 })).toEqual({ kind: 'cancelled' });
        expect(await d!.expireDue()).toEqual({ expired: 1, more: false });
        expect(await e!.expire({ reservationId: dueId })).toEqual({ kind: 'already-expired' });
        expect(await endOf(f!.reserve({ slotId: 9, memberId: 4, idempotencyKey: 'new-slot', ...ask }))).toBe(
          'reserved',
        );
        expect(await endOf(f!.reserve({ slotId: 1, memberId: 1, idempotencyKey: 'again', ...ask }))).toBe('reserved');
        await until('a poll finds the new writer', async () => (await idle[6]!.query(FIND_NEW_SLOT)).length === 1);
        await withConnection(writer, (connection) => connection.query('START REPLICA'));
      } finally {
        for (const each of [before, a, b, c, d, e, f]) await each!.close();
        for (const each of idle) await each.close();
      }
    });
  });

  it('that never ends is told by an error that says what to do', async () => {
    await withReservationScene(server, { slots: 1, capacity: 4 }, async ({ database }) => {
      const retry = { conflict: quick, connection: quick };
      const write = (work?: () => Promise<unknown>) =>
        database.transaction(
          async (tx) => {
            await tx.execute('UPDATE {slot} SET {slot.version} = {slot.version} + 1');
            await work?.();
          },
          { retry },
        );
      await withConnection(pair.writerUrl(), async (admin) => {
        await admin.query(pair.words.turnReadOnly);
        const told = { code: 'CONNECTION_LOST', retriable: true, hint: expect.stringMatching(/writer's address/) };
        const message = expect.stringMatching(/the server is read-only/);
        await expect(write()).rejects.toMatchObject({ ...told, message });
        await expect(write()).rejects.toMatchObject({ ...told, message });
        for (const statement of pair.words.turnWritable) await admin.query(statement);
        await write();
        // What is refused at COMMIT was not committed.
        let tries = 0;
        await write(async () => {
          tries += 1;
          await admin.query(pair.words.turnReadOnly);
        }).catch((error: unknown) => expect(error).toMatchObject({ ...told, message }));
        for (const statement of pair.words.turnWritable) await admin.query(statement);
        const [row] = await database.query<{ version: number }>('SELECT {slot.version} AS version FROM {slot}');
        expect(tries).toBe(1);
        expect(row).toEqual({ version: 1 });
      });
    });
  });

  it('leaves a handle that was opened on a replica what only reads', async () => {
    await withReservationScene(server, { slots: 3, capacity: 4 }, async ({ database }) => {
      const url = `${pair.replicaUrl()}/${database.server.database}`;
      await until('the replica has the slots', () => hasSlots(url, 3));
      const reader = await connect({ url, poolSize: 2 });
      try {
        expect(await checkInvariants(reader)).toMatchObject({ ok: true, checked: { slots: 3 } });
        const findings = await diagnose(reader, { poolSize: 2 });
        expect(findings).toContainEqual(expect.objectContaining({ check: 'read-only', status: 'problem' }));
        expect(findings).toContainEqual(expect.objectContaining({ check: 'fail-over', status: 'ok' }));
        const write = reader.transaction((tx) => tx.execute('DELETE FROM reservation'), {
          retry: { conflict: quick, connection: quick },
        });
        await expect(write).rejects.toMatchObject({ code: 'CONNECTION_LOST', hint: expect.stringMatching(/writer/) });
      } finally {
        await reader.close();
      }
    });
  });

  it('refuses a command that writes at a replica, at once, and serves one that reads', async () => {
    await withReservationScene(server, { slots: 3, capacity: 4 }, async ({ database }) => {
      const url = `${pair.replicaUrl()}/${database.server.database}`;
      await until('the replica has the slots', () => hasSlots(url, 3));
      for (const words of [
        ['init'],
        ['generate-slots', '--month', '2030-01'],
        ['reservations', 'expire'],
        ['serve', 'reservation'],
      ]) {
        const { code, stderr } = await runCli([...words, '--url', url]);
        expect({ code, stderr }).toMatchObject({
          code: 5,
          stderr: expect.stringMatching(/^error: .* the server is read-only.*\nhint: .*writer.*\n$/),
        });
      }
      expect((await runCli(['reservations', 'check', '--url', url])).code).toBe(0);
      await expect(connect({ url, mustWrite: true })).rejects.toMatchObject({ code: 'SERVER_UNFIT', retriable: false });
    });
  });
});

const FIND_NEW_SLOT = 'SELECT id FROM reservation_slot WHERE id = 9';
const quick = { retries: 2, baseMs: 1, capMs: 1 };

async function hasSlots(url: string, count: number): Promise<boolean> {
  const find = (connection: Connection) => connection.query<RowDataPacket[]>('SELECT id FROM reservation_slot');
  return withConnection(url, find).then(
    ([rows]) => rows.length === count,
    () => false,
  );
}

function urlOf({ url }: FailOverPair, { server }: Database): string {
  return `${url}/${server.database}`;
}

async function expectMoneyIsSeats({
  database,
  payments,
  reservations,
}: {
  database: Database;
  payments: Database;
  reservations: ReturnType<typeof createReservations>;
}): Promise<void> {
  const databases = { reservationDatabase: database, paymentDatabase: payments };
  const { classes } = await reconcile({ ...databases, reservations, olderThanMs: 0 });
  expect(classes.filter(({ found }) => found > 0)).toEqual([]);
}
