import { connect } from 'tablepick/database';
import { checkInvariants, createReservations, type Reservations } from 'tablepick/reservations';
import { describe, expect, it } from 'vitest';

import { type ReservationScene, withReservationScene } from '../support/reservation-scene.js';
import { testServers } from '../support/servers.js';

const CAPACITY = 1000;

/** Members `first` to `first + count - 1` ask for a slot at once; by default for slot 1. */
function askAtOnce(
  reservations: Reservations,
  { first, count, slotId = 1 }: { first: number; count: number; slotId?: number },
) {
  const members = Array.from({ length: count }, (_, index) => first + index);
  return Promise.all(
    members.map((memberId) =>
      reservations
        .reserve({ slotId, memberId, partySize: 1, idempotencyKey: `k${slotId}-${memberId}` })
        .catch((error: unknown) => ({ kind: String((error as { code: unknown }).code) })),
    ),
  );
}

const countKinds = (outcomes: readonly { kind: string }[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { kind } of outcomes) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

/**
 * Reservations that have seen plenty of free seats in slot 1, so that the next batch is inserted before the slot is
 * locked.
 */
async function withPlentySeen(
  scene: ReservationScene,
  work: (reservations: Reservations) => Promise<void>,
): Promise<void> {
  const reservations = createReservations({ database: scene.database, strategy: 'combining' });
  try {
    expect(countKinds(await askAtOnce(reservations, { first: 1, count: 10 }))).toEqual({ reserved: 10 });
    await work(reservations);
  } finally {
    await reservations.close();
  }
}

/** The scene through connections to a server whose ids are `step` apart, as they are where several servers write. */
async function withIdStep(
  scene: ReservationScene,
  step: number,
  work: (scene: ReservationScene) => Promise<void>,
): Promise<void> {
  await scene.run(`SET GLOBAL auto_increment_increment = ${step}`);
  try {
    const database = await connect({ url: scene.url, poolSize: scene.database.poolSize });
    await work({ ...scene, database }).finally(() => database.close());
  } finally {
    await scene.run('SET GLOBAL auto_increment_increment = DEFAULT');
  }
}

async function expectSound({ database }: ReservationScene): Promise<void> {
  expect(await checkInvariants(database)).toMatchObject({ ok: true, violations: [] });
}

async function countRows({ database }: ReservationScene): Promise<number> {
  const [row] = await database.query<{ rows: number }>('SELECT COUNT(*) AS `rows` FROM reservation');
  return Number(row?.rows);
}

describe.each(testServers())('combining that has seen plenty of seats on $name', (server) => {
  it('inserts before it locks: its rows are there while somebody else still holds the slot', async () => {
    await withReservationScene(server, { slots: 1, capacity: CAPACITY }, async (scene) => {
      await withPlentySeen(scene, async (reservations) => {
        let asked: ReturnType<typeof askAtOnce> | undefined;
        await scene.database.transaction(async (tx) => {
          await tx.query('SELECT id FROM reservation_slot WHERE id = 1 FOR UPDATE');
          asked = askAtOnce(reservations, { first: 11, count: 50 });
          await expect.poll(() => uncommittedRows(scene)).toBe(60);
        });
        expect(countKinds(await asked!)).toEqual({ reserved: 50 });
        await expectSound(scene);
      });
    });
  });

  it('sells no seat that others took meanwhile, and leaves nothing of those it had inserted', async () => {
    await withReservationScene(server, { slots: 1, capacity: CAPACITY }, async (scene) => {
      await withPlentySeen(scene, async (reservations) => {
        await scene.run('UPDATE {slot} SET {slot.capacity} = 40');
        const outcomes = await askAtOnce(reservations, { first: 11, count: 100 });
        expect(countKinds(outcomes)).toEqual({ reserved: 30, 'sold-out': 70 });
        // In order of arrival, although all had been inserted together.
        expect(outcomes.slice(0, 30).every(({ kind }) => kind === 'reserved')).toBe(true);
        expect(await countRows(scene)).toBe(40);
        await expectSound(scene);
      });
    });
  });

  it('leaves no reservation of a slot that was deleted meanwhile', async () => {
    await withReservationScene(server, { slots: 2, capacity: CAPACITY }, async (scene) => {
      await withPlentySeen(scene, async (reservations) => {
        await askAtOnce(reservations, { first: 1, count: 10, slotId: 2 });
        await scene.run('DELETE FROM {reservation} WHERE {reservation.slotId} = 1');
        await scene.run('DELETE FROM {slot} WHERE {slot.id} = 1');
        const [lost, found] = await Promise.all([
          askAtOnce(reservations, { first: 11, count: 20 }),
          askAtOnce(reservations, { first: 11, count: 20, slotId: 2 }),
        ]);
        expect(countKinds(lost)).toEqual({ UNKNOWN_SLOT: 20 });
        expect(countKinds(found)).toEqual({ reserved: 20 });
        expect(await countRows(scene)).toBe(30);
        await expectSound(scene);
      });
    });
  });

  it('tells each its own reservation, whatever the distance of two ids', async () => {
    await withReservationScene(server, { slots: 1, capacity: CAPACITY }, async (scene) => {
      await withIdStep(scene, 7, async (stepping) => {
        const reservations = createReservations({ database: stepping.database, strategy: 'combining' });
        // The first ten with the slot locked, the others before it is.
        const outcomes = [
          ...(await askAtOnce(reservations, { first: 1, count: 10 })),
          ...(await askAtOnce(reservations, { first: 11, count: 40 })),
        ];
        await reservations.close();
        const rows = await scene.database.query<{ id: number }>('SELECT id FROM reservation ORDER BY member_id');
        const told = outcomes.map((outcome) => ('reservationId' in outcome ? outcome.reservationId : undefined));
        expect(told).toEqual(rows.map(({ id }) => id));
        expect(rows[1]!.id - rows[0]!.id).toBe(7);
      });
    });
  });

  it('takes no member that is not in a table of the service’s own, and serves the neighbours', async () => {
    await withReservationScene(server, { slots: 1, capacity: CAPACITY }, async (scene) => {
      await scene.run('CREATE TABLE member (id BIGINT PRIMARY KEY)');
      await scene.run(`INSERT INTO member VALUES ${Array.from({ length: 60 }, (_, id) => `(${id + 1})`).join(', ')}`);
      await scene.run('ALTER TABLE {reservation} ADD FOREIGN KEY ({reservation.memberId}) REFERENCES member (id)');
      await withPlentySeen(scene, async (reservations) => {
        const outcomes = await askAtOnce(reservations, { first: 51, count: 20 });
        expect(countKinds(outcomes)).toEqual({ reserved: 10, BAD_ROW: 10 });
        await expectSound(scene);
      });
    });
  });

  it('answers those whose member holds the slot already, and serves the neighbours', async () => {
    await withReservationScene(server, { slots: 1, capacity: CAPACITY }, async (scene) => {
      await withPlentySeen(scene, async (reservations) => {
        await scene.run(
          'UPDATE {reservation} SET {reservation.idempotencyKey} = CONCAT({reservation.idempotencyKey}, "x")',
        );
        expect(countKinds(await askAtOnce(reservations, { first: 6, count: 20 }))).toEqual({
          duplicate: 5,
          reserved: 15,
        });
        await expectSound(scene);
      });
    });
  });
});

async function uncommittedRows({ database }: ReservationScene): Promise<number> {
  return database.session(async (session) => {
    await session.execute('SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED');
    const [row] = await session.query<{ rows: number }>('SELECT COUNT(*) AS `rows` FROM reservation');
    await session.execute('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
    return Number(row?.rows);
  });
}
