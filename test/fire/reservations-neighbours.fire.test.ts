import type { RecordChanges, Reservations, Statement } from 'tablepick/reservations';
import { describe, expect, it } from 'vitest';

import {
  type ReservationFire,
  askFor,
  claimingStrategies,
  endOf,
  upTo,
  withReservationFire,
} from '../support/reservation-fire.js';
import { testServers } from '../support/servers.js';

const neighbours = 99;
/** Asks for slot 2, as 33 others do, and last of them. */
const bad = 100;
const scene = { slots: 3, capacity: 40 };

const INSERT_TWICE: Statement = { sql: 'INSERT INTO service_note (id) VALUES (?)', values: [1] };

describe.each(testServers())('one bad request among a hundred on $name', (server) => {
  describe.each(claimingStrategies)('under %s fails alone', (strategy) => {
    it.each([
      ['an error', new Error('no such payment')],
      ['a text', 'no such payment'],
    ])('when what the service records of it throws %s', async (_, thrown) => {
      const recordChanges = ofBad(() => {
        throw thrown;
      });
      await withReservationFire(server, scene, async ({ open }) => {
        await expectOneBad(open({ strategy, recordChanges }), expect.stringMatching(/no such payment$/));
      });
    });

    it('when the server refuses its row', async () => {
      await withReservationFire(server, scene, async ({ database, open }) => {
        await database.query(`CREATE TRIGGER refuse BEFORE INSERT ON reservation FOR EACH ROW
          IF NEW.member_id = ${bad} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END IF`);
        await expectOneBad(open({ strategy }), 'BAD_ROW');
      });
    });

    it('when what the service records of it is there already', async () => {
      await withReservationFire(server, scene, async ({ run, open }) => {
        await createServiceNote(run);
        await expectOneBad(open({ strategy, recordChanges: ofBad(() => [INSERT_TWICE]) }), 'BAD_ROW');
      });
    });

    it('when its key made another request', async () => {
      await withReservationFire(server, scene, async ({ open }) => {
        const reservations = open({ strategy });
        await reservations.reserve({ ...requestOf(bad), memberId: 1000 });
        await expectOneBad(reservations, 'IDEMPOTENCY_KEY_REUSED');
      });
    });

    it('or with those of whom nobody can say what stands in their way, and none of these is written', async () => {
      await withReservationFire(server, scene, async ({ database, run, open, proxy }) => {
        await createServiceNote(run);
        const reservations = open({ strategy, recordChanges: ofBad(() => [INSERT_TWICE]) });
        const failed = proxy.failNext(1142, /idempotency_key. IN/, 1);
        const calls = upTo(bad).map((memberId) => endOf(reservations.reserve(requestOf(memberId))));
        const ends = await Promise.all(calls);
        await failed;
        const rows = await database.query<{ id: number }>('SELECT member_id AS id FROM reservation ORDER BY 1');
        expect(rows.map(({ id }) => id)).toEqual(upTo(bad).filter((memberId) => ends[memberId - 1] === 'reserved'));
        expect(new Set(ends)).toEqual(new Set(['reserved', 'ACCESS_DENIED']));
      });
    });

    it('when it is a duplicate, also when one comes with every batch', async () => {
      await withReservationFire(server, { slots: 1, capacity: 10_000 }, async ({ open }) => {
        const reservations = open({ strategy });
        await reservations.reserve(askFor(1, 1));
        const stop = new AbortController();
        const duplicates = upTo(5).map((caller) => repeatDuplicates(reservations, caller, stop.signal));
        const ends = upTo(20).map((caller) => reserveOneAfterAnother(reservations, caller));
        expect(new Set((await Promise.all(ends)).flat())).toEqual(new Set(['reserved']));
        stop.abort();
        expect(new Set((await Promise.all(duplicates)).flat())).toEqual(new Set(['duplicate']));
      });
    });
  });
});

function ofBad(record: () => readonly Statement[]): RecordChanges {
  return (changes) => changes.filter(({ memberId }) => memberId === bad).flatMap(record);
}

function requestOf(memberId: number): ReturnType<typeof askFor> {
  return askFor(1 + (memberId % 3), memberId);
}

async function createServiceNote(run: ReservationFire['run']): Promise<void> {
  await run('CREATE TABLE service_note (id BIGINT PRIMARY KEY) ENGINE = InnoDB');
  await run(INSERT_TWICE.sql, INSERT_TWICE.values);
}

/** All at once: its neighbours get their seats, the bad one `end`. */
async function expectOneBad(reservations: Reservations, end: unknown): Promise<void> {
  const calls = upTo(bad).map((memberId) => endOf(reservations.reserve(requestOf(memberId))));
  expect(await Promise.all(calls)).toEqual([...upTo(neighbours).map(() => 'reserved'), end]);
}

async function repeatDuplicates(reservations: Reservations, caller: number, signal: AbortSignal): Promise<string[]> {
  const ends: string[] = [];
  while (!signal.aborted) {
    const idempotencyKey = `again-${caller}-${ends.length}`;
    ends.push(await endOf(reservations.reserve({ ...askFor(1, 1), idempotencyKey })));
  }
  return ends;
}

async function reserveOneAfterAnother(reservations: Reservations, caller: number): Promise<string[]> {
  const ends: string[] = [];
  for (const n of upTo(10)) ends.push(await endOf(reservations.reserve(askFor(1, caller * 100 + n))));
  return ends;
}
