import {
  checkInvariants,
  createCombining,
  createReservations,
  type CombiningOptions,
  type Reservations,
  type ReservationsOptions,
} from 'tablepick/reservations';
import { describe, expect, it } from 'vitest';

import { type ReservationScene, withReservationScene } from './support/reservation-scene.js';
import { testServers } from './support/servers.js';

/** Batches of ten, the next one begun beside the one before. */
const small: CombiningOptions = { beginNextAt: 5, mostPerBatch: 10, lockWaitSeconds: 2 };

const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, index) => first + index);

/** What became of a request, in one word. */
async function ask(
  reservations: Reservations,
  { slotIds, memberId, ...more }: { slotIds: number[]; memberId: number; holdTtlMs?: number; signal?: AbortSignal },
): Promise<string> {
  const { signal, holdTtlMs } = more;
  const request = {
    slots: slotIds.map((slotId) => ({ slotId })),
    memberId,
    partySize: 1,
    holdTtlMs,
    idempotencyKey: `k${slotIds.join('-')}-${memberId}`,
  };
  return reservations.reserve(request, { signal }).then(
    ({ kind }) => kind,
    (error: unknown) => String((error as { code: unknown }).code),
  );
}

function askAll(reservations: Reservations, slotId: number, memberIds: readonly number[]): Promise<string[]> {
  return Promise.all(memberIds.map((memberId) => ask(reservations, { slotIds: [slotId], memberId })));
}

const all = (kind: string, count: number): string[] => Array<string>(count).fill(kind);

async function withReservations(
  { database }: ReservationScene,
  { combining = {}, ...options }: { combining?: CombiningOptions } & Omit<ReservationsOptions, 'database' | 'strategy'>,
  work: (reservations: Reservations) => Promise<void>,
): Promise<void> {
  const reservations = createReservations({ database, strategy: createCombining(combining), ...options });
  try {
    await work(reservations);
  } finally {
    await reservations.close();
  }
  expect(await checkInvariants(database)).toMatchObject({ ok: true, violations: [] });
}

/** Runs `work` while somebody else holds what `sql` locks. */
async function whileHeld<T>({ database }: ReservationScene, sql: string, work: () => Promise<T>): Promise<T> {
  return database
    .transaction(
      async (tx) => {
        await tx.execute(sql);
        const result = await work();
        throw new Done(result);
      },
      { retry: false },
    )
    .catch((error: unknown) => {
      if (error instanceof Done) return error.result as T;
      throw error;
    });
}

/** The way out of a transaction that is to be rolled back. */
class Done extends Error {
  constructor(readonly result: unknown) {
    super('done');
  }
}

const holdSlot = (slotId: number): string => `UPDATE reservation_slot SET version = version WHERE id = ${slotId}`;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(testServers())('arrival decides under combining on $name', (server) => {
  it('also when the batch of those who came first holds a duplicate', async () => {
    await withReservationScene(server, { slots: 1, capacity: 600 }, async (scene) => {
      await withReservations(scene, {}, async (reservations) => {
        await askAll(reservations, 1, [1]);
        await scene.run("UPDATE {reservation} SET {reservation.idempotencyKey} = 'another'");
        const [first, later] = await Promise.all([
          askAll(reservations, 1, range(1, 1000)),
          askAll(reservations, 1, range(2001, 600)),
        ]);
        expect(first).toEqual(['duplicate', ...all('reserved', 599), ...all('sold-out', 400)]);
        expect(later).toEqual(all('sold-out', 600));
      });
    });
  });

  it('also when the service refuses one of those who came first', async () => {
    await withReservationScene(server, { slots: 1, capacity: 10 }, async (scene) => {
      const recordChanges: ReservationsOptions['recordChanges'] = (changes) => {
        if (changes.some(({ memberId }) => memberId === 3)) throw Object.assign(new Error('no'), { code: 'NO' });
        return [];
      };
      await withReservations(scene, { combining: small, recordChanges }, async (reservations) => {
        const [first, later] = await Promise.all([
          askAll(reservations, 1, range(1, 11)),
          askAll(reservations, 1, range(101, 10)),
        ]);
        expect(first).toEqual(['reserved', 'reserved', 'NO', ...all('reserved', 8)]);
        expect(later).toEqual(all('sold-out', 10));
      });
    });
  });

  it('also when everybody between them was withdrawn', async () => {
    await withReservationScene(server, { slots: 3, capacity: 10 }, async (scene) => {
      await withReservations(scene, { combining: { ...small, mostPerBatch: 20 } }, async (reservations) => {
        for (const slotId of [1, 2, 3]) await askAll(reservations, slotId, [901]);
        const { first, between, later } = await whileHeld(scene, holdSlot(1), async () => {
          const asked = [askAll(reservations, 1, [1]), askAll(reservations, 2, range(1, 9))];
          await sleep(100);
          const controller = new AbortController();
          const { signal } = controller;
          const withdrawn = range(1, 6).map((memberId) => ask(reservations, { slotIds: [3], memberId, signal }));
          controller.abort();
          await sleep(100);
          const behind = askAll(reservations, 2, range(11, 9));
          await sleep(300);
          return { first: Promise.all(asked), between: Promise.all(withdrawn), later: behind };
        });
        expect(await first).toEqual([['reserved'], all('reserved', 9)]);
        expect(await between).toEqual(all('ABORTED', 6));
        expect(await later).toEqual(all('sold-out', 9));
      });
    });
  });

  it('between several slots and one of them', async () => {
    await withReservationScene(server, { slots: 2, capacity: 1000 }, async (scene) => {
      await withReservations(scene, {}, async (reservations) => {
        await askAll(reservations, 1, [901, 902, 903]);
        await askAll(reservations, 2, [901]);
        // 997 were seen.
        await scene.run('UPDATE {slot} SET {slot.capacity} = 5 WHERE {slot.id} = 1');
        const asked = [
          ask(reservations, { slotIds: [1, 2], memberId: 1 }),
          ...[2, 3].map((memberId) => ask(reservations, { slotIds: [1], memberId })),
        ];
        expect(await Promise.all(asked)).toEqual(['reserved', 'reserved', 'sold-out']);
      });
    });
  });

  it('also on a slot that somebody held for long', async () => {
    await withReservationScene(server, { slots: 1, capacity: 10 }, async (scene) => {
      const combining = { lockWaitSeconds: 1, mostPerBatch: 3, beginNextAt: 1 };
      await withReservations(scene, { combining }, async (reservations) => {
        const { first, later } = await whileHeld(scene, holdSlot(1), async () => {
          // A batch of three gives up each second: on a slow machine, where the hold is longer than the sleep, ten
          // still remain.
          const asked = askAll(reservations, 1, range(1, 90));
          await sleep(3500);
          const behind = askAll(reservations, 1, range(101, 10));
          await sleep(100);
          return { first: asked, later: behind };
        });
        const early = await first;
        expect(early.slice(0, 3)).toEqual(all('contended', 3));
        expect(early.filter((kind) => kind === 'reserved')).toHaveLength(10);
        expect(await later).toEqual(all('sold-out', 10));
      });
    });
  });
});

describe.each(testServers())('neighbours under combining on $name', (server) => {
  it('do not wait with one whose place is in a row that somebody does not commit', async () => {
    await withReservationScene(server, { slots: 5, capacity: 1000 }, async (scene) => {
      await withReservations(scene, { combining: { lockWaitSeconds: 1 } }, async (reservations) => {
        const insert = `INSERT INTO reservation (reservation_slot_id, restaurant_id, member_id, idempotency_key)
          VALUES (5, 1, 7, 'k1-7')`;
        const [held, neighbours] = await whileHeld(scene, insert, () =>
          Promise.all([askAll(reservations, 1, [7]), askAll(reservations, 2, range(1, 20))]),
        );
        expect(held).toEqual(['contended']);
        expect(neighbours).toEqual(all('reserved', 20));
      });
    });
  });

  it('are served when the table that the service writes to for one slot is missing', async () => {
    await withReservationScene(server, { slots: 3, capacity: 10 }, async (scene) => {
      for (const slot of [1, 2]) await scene.run(`CREATE TABLE outbox_${slot} (id BIGINT PRIMARY KEY)`);
      const recordChanges: ReservationsOptions['recordChanges'] = (changes) =>
        changes.map(({ slotId, reservationId }) => ({
          sql: `INSERT INTO outbox_${slotId} (id) VALUES (?)`,
          values: [reservationId],
        }));
      await withReservations(scene, { recordChanges }, async (reservations) => {
        const kinds = await Promise.all([1, 2, 3].map((slotId) => askAll(reservations, slotId, [1])));
        expect(kinds.flat()).toEqual(['reserved', 'reserved', 'MISSING_TABLE']);
      });
    });
  });

  it('find the service’s own rows free while a batch waits for its slot', async () => {
    await withReservationScene(server, { slots: 1, capacity: 1000 }, async (scene) => {
      await scene.run('CREATE TABLE stats (id INT PRIMARY KEY, changes INT NOT NULL)');
      await scene.run('INSERT INTO stats VALUES (1, 0)');
      const recordChanges: ReservationsOptions['recordChanges'] = ({ length }) => [
        { sql: 'UPDATE stats SET changes = changes + ? WHERE id = 1', values: [length] },
      ];
      await withReservations(scene, { recordChanges }, async (reservations) => {
        await askAll(reservations, 1, range(1, 3));
        const asked = await whileHeld(scene, holdSlot(1), async () => {
          const batch = askAll(reservations, 1, range(11, 20));
          await sleep(300);
          // The batch has inserted its rows and waits for the slot.
          await scene.database.session((session) =>
            session.query('SELECT id FROM stats WHERE id = 1 FOR UPDATE NOWAIT'),
          );
          return { batch };
        });
        expect(await asked.batch).toEqual(all('reserved', 20));
        expect(await scene.database.query('SELECT changes FROM stats')).toEqual([{ changes: 23 }]);
      });
    });
  });

  it('have a short hold that begins when it is granted, not when it was asked for', async () => {
    await withReservationScene(server, { slots: 1, capacity: 1000 }, async (scene) => {
      await withReservations(scene, {}, async (reservations) => {
        await askAll(reservations, 1, range(1, 3));
        const asked = await whileHeld(scene, holdSlot(1), async () => {
          const holds = [11, 12].map((memberId) =>
            reservations.reserve({
              slotId: 1,
              memberId,
              partySize: 1,
              idempotencyKey: `h${memberId}`,
              holdTtlMs: 2500,
            }),
          );
          await sleep(3000);
          return { holds };
        });
        for (const outcome of await Promise.all(asked.holds)) {
          if (outcome.kind !== 'reserved') throw new Error(`it is ${outcome.kind}`);
          expect(await reservations.confirm(outcome)).toEqual({ kind: 'confirmed' });
        }
      });
    });
  });

  it('get their connections when several share a small pool', async () => {
    await withReservationScene(server, { slots: 3, capacity: 1_000_000, poolSize: 6 }, async (scene) => {
      const combining = { beginNextAt: 10, mostPerBatch: 50 };
      await withReservations(scene, { combining }, async (one) => {
        await withReservations(scene, { combining }, async (two) => {
          await withReservations(scene, { combining }, async (three) => {
            const services = [one, two, three];
            await Promise.all(services.map((service, place) => askAll(service, place + 1, range(1, 3))));
            await scene.run(
              "UPDATE {reservation} SET {reservation.idempotencyKey} = CONCAT({reservation.idempotencyKey}, '-before')",
            );
            const rounds = services.flatMap((service, place) =>
              range(1, 200).map(async (client) => {
                const kinds = new Set<string>();
                for (let round = 1; round <= 10; round += 1) {
                  const memberId = client % 20 === 0 ? 1 : client * 100 + round;
                  for (const kind of await askAll(service, place + 1, [memberId])) kinds.add(kind);
                }
                return [...kinds];
              }),
            );
            const kinds = new Set((await Promise.all(rounds)).flat());
            expect(kinds).toEqual(new Set(['reserved', 'duplicate']));
          });
        });
      });
    });
  });
});
