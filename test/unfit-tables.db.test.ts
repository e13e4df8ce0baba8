import { type Database, diagnose, migrate, schemaDrift } from 'tablepick/database';
import { checkInvariants, createReservations, type ReservationOutcome } from 'tablepick/reservations';
import {
  type InsertStrategyName,
  compilePlan,
  generateSlots,
  readRules,
  verifySlots,
  insertStrategyNames,
} from 'tablepick/slots';
import { describe, expect, it } from 'vitest';

import { reserveOne, run } from './support/ask-tables.js';
import { withDatabase } from './support/entries.js';
import { withMigratedDatabase } from './support/migrated-database.js';
import { withReservationScene } from './support/reservation-scene.js';
import { testServers, withTestDatabase } from './support/servers.js';

const DAY = [{ opensAt: '10:00', closesAt: '18:00' }];
const RULES = [{ restaurantId: 1, capacity: 5, week: [DAY, DAY, DAY, DAY, DAY, DAY, DAY] }];
const RANGE = { from: '2099-03-01', days: 2 };
const SLOTS = 16;
const TOO_LARGE = '9007199254740993';

const runAll = (database: Database, statements: string) =>
  database.session(async (session) => {
    for (const statement of statements.split('; ')) await session.execute(statement);
  });

/** How a table of somebody else's may be, and what is said of it. */
const SLOT_MISFITS: [change: string, found: string][] = [
  ['MODIFY count INT NULL', 'column count of table reservation_slot may be NULL'],
  ['MODIFY capacity INT NULL', 'column capacity of table reservation_slot may be NULL'],
  ['MODIFY time TIME(6) NOT NULL', 'column time of table reservation_slot is time(6), not TIME'],
  ['MODIFY time VARCHAR(8) NOT NULL', 'column time of table reservation_slot is varchar(8), not TIME'],
  ['MODIFY date DATETIME NOT NULL', 'column date of table reservation_slot is datetime, not DATE'],
  ['MODIFY count DECIMAL(10,0) NOT NULL', 'is decimal(10,0), not INT or another whole number'],
  ['MODIFY capacity FLOAT NOT NULL', 'column capacity of table reservation_slot is float'],
  ['MODIFY id BIGINT NOT NULL', 'column id of table reservation_slot is not AUTO_INCREMENT'],
  ['ADD COLUMN owner_id BIGINT NOT NULL', 'column owner_id of table reservation_slot is not one of ours'],
  ['DROP COLUMN count, ADD COLUMN count INT AS (capacity - 1) VIRTUAL', 'is generated, so nobody can write it'],
];
const RESERVATION_MISFITS: [change: string, found: string][] = [
  ["ALTER status SET DEFAULT 'CONFIRMED'", "has the default CONFIRMED, not 'PENDING'"],
  ['ALTER status DROP DEFAULT', "has no default, 'PENDING' is relied on"],
  ["MODIFY status ENUM('CONFIRMED', 'CANCELLED', 'PENDING') NOT NULL DEFAULT 'PENDING'", 'is enum('],
  ['MODIFY idempotency_key VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL', 'of a collation'],
  ['MODIFY idempotency_key VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL', 'not of 64 characters'],
  ['MODIFY expires_at DATETIME NULL', 'column expires_at of table reservation is datetime, not DATETIME(6)'],
  ['MODIFY group_id BIGINT NOT NULL', 'column group_id of table reservation must be allowed to be NULL'],
];
/** What is different from ours and does all the same. */
const FITTING = [
  'ALTER TABLE reservation_slot MODIFY count BIGINT UNSIGNED NOT NULL, MODIFY version INT NOT NULL, MODIFY capacity SMALLINT UNSIGNED NOT NULL',
  'ALTER TABLE reservation_slot ADD COLUMN note TEXT NULL, ADD COLUMN colour VARCHAR(9) NOT NULL DEFAULT "red"',
  "ALTER TABLE reservation MODIFY status ENUM('EXPIRED', 'NO_SHOW', 'CANCELLED', 'CONFIRMED', 'PENDING') NOT NULL DEFAULT 'PENDING'",
];

describe.each(testServers())('tables that are not ours to the letter, on $name', (server) => {
  it('are refused by generations, proofs and reservations, with the statements that repair them', async () => {
    await withReservationScene(server, { slots: 1, capacity: 5 }, async ({ database }) => {
      const plan = await compilePlan(RULES, RANGE);
      const all = [
        ...SLOT_MISFITS.map(([change, found]) => [`ALTER TABLE reservation_slot ${change}`, found] as const),
        ...RESERVATION_MISFITS.map(([change, found]) => [`ALTER TABLE reservation ${change}`, found] as const),
      ];
      for (const [change, found] of all) {
        await runAll(database, `SET SESSION foreign_key_checks = 0; ${change}; SET SESSION foreign_key_checks = 1`);
        const refused = { code: 'TABLE_UNFIT', message: expect.stringContaining(found) };
        await expect(reserveOne(database), change).rejects.toMatchObject(refused);
        if (change.startsWith('ALTER TABLE reservation_slot')) {
          const job = { database, rules: RULES, range: RANGE };
          await expect(generateSlots(job), change).rejects.toMatchObject(refused);
          await expect(verifySlots(database, plan), change).rejects.toMatchObject(refused);
        }
        const differences = await schemaDrift(database);
        expect(differences, change).toMatchObject([{ found: expect.stringContaining(found) }]);
        await runAll(database, differences[0]!.repair);
        expect(await schemaDrift(database), differences[0]!.repair).toEqual([]);
      }
    });
  });

  it('serve where the differences do not matter', async () => {
    await withReservationScene(server, { slots: 1, capacity: 5 }, async ({ database }) => {
      for (const change of FITTING) await run(database, change);
      expect(await schemaDrift(database)).toEqual([]);
      const result = await generateSlots({ database, rules: RULES, range: RANGE });
      expect(result).toMatchObject({ inserted: SLOTS, verified: true });
      expect(await reserveOne(database)).toMatchObject({ kind: 'reserved' });
      expect(await checkInvariants(database)).toMatchObject({ ok: true });
    });
  });

  it.each(['ENGINE = MyISAM', 'VIEW'])('are refused as %s, also by what only reads', async (what) => {
    await withReservationScene(server, { slots: 1, capacity: 5 }, async ({ database }) => {
      if (what === 'VIEW') {
        await run(database, 'RENAME TABLE restaurant TO venue');
        await run(database, 'CREATE VIEW restaurant AS SELECT * FROM venue');
      } else {
        await run(database, 'ALTER TABLE reservation_slot RENAME COLUMN id TO id2');
        await run(database, 'ALTER TABLE reservation_slot RENAME COLUMN id2 TO id');
        await run(database, 'DROP TABLE reservation');
        await run(database, 'CREATE TABLE reservation (id BIGINT PRIMARY KEY) ENGINE = MyISAM');
      }
      const refused = { code: 'TABLE_UNFIT', message: expect.stringMatching(/MyISAM|is a view/) };
      await expect(checkInvariants(database)).rejects.toMatchObject(refused);
      await expect(reserveOne(database)).rejects.toMatchObject(refused);
      const findings = await diagnose(database, { poolSize: 1 });
      expect(findings).toContainEqual(
        expect.objectContaining({ check: 'schema', status: 'problem', found: refused.message }),
      );
    });
  });

  it.each(['pessimistic', 'optimistic'] as const)(
    'with counts of NULL are never overbooked by %s: refused, told by the check, and right once repaired',
    async (strategy) => {
      await withReservationScene(server, { slots: 1, capacity: 5 }, async ({ database }) => {
        await run(database, 'ALTER TABLE reservation_slot MODIFY count INT NULL');
        await run(database, 'ALTER TABLE reservation MODIFY seats INT NULL');
        await run(database, 'UPDATE reservation_slot SET count = NULL');
        await run(
          database,
          "INSERT INTO reservation (reservation_slot_id, restaurant_id, member_id, party_size, seats, status) VALUES (1, 1, 99, 1, NULL, 'CANCELLED')",
        );
        const reservations = createReservations({ database, strategy });
        const ask = () =>
          Promise.allSettled(
            Array.from({ length: 40 }, (_, member) =>
              reservations.reserve({ slotId: 1, memberId: member + 1, partySize: 1, idempotencyKey: `k${member}` }),
            ),
          );
        for (const { reason } of (await ask()) as PromiseRejectedResult[]) {
          expect(reason).toMatchObject({ code: 'TABLE_UNFIT', hint: expect.stringContaining('IS NULL') });
        }
        expect(await checkInvariants(database)).toMatchObject({
          ok: false,
          counts: { 'null-value': 2 },
          violations: [
            { kind: 'null-value', slotId: 1, text: expect.stringContaining('count null') },
            { kind: 'null-value', reservationIds: [1], text: expect.stringContaining('seats') },
          ],
        });
        for (const { repair } of await schemaDrift(database)) await runAll(database, repair);
        const answers = (await ask()).map((each) => (each as PromiseFulfilledResult<ReservationOutcome>).value.kind);
        expect(answers.filter((kind) => kind === 'reserved')).toHaveLength(5);
        expect(await checkInvariants(database)).toMatchObject({ ok: true });
        await reservations.close();
      });
    },
  );

  it('get every slot by every strategy also where count and version have no default', async () => {
    await withReservationScene(server, { slots: 1, capacity: 5 }, async ({ database }) => {
      await run(database, 'ALTER TABLE reservation_slot ALTER count DROP DEFAULT, ALTER version DROP DEFAULT');
      const names: InsertStrategyName[] = [...insertStrategyNames];
      for (const [place, strategy] of names.entries()) {
        const range = { from: `2099-0${place + 4}-01`, days: 2 };
        const result = await generateSlots({ database, rules: RULES, range, strategy });
        expect(result, strategy).toMatchObject({ inserted: SLOTS, failed: 0, verified: true });
      }
      const wrong = 'SELECT COUNT(*) AS n FROM reservation_slot WHERE count <> 0 OR version <> 0';
      expect(await database.query(wrong)).toEqual([{ n: 0 }]);
    });
  });
});

describe.each(testServers())('init beside tables of others, on $name', (server) => {
  const onFresh = (work: (database: Database) => Promise<void>) =>
    withTestDatabase(server, ({ url }) => withDatabase({ url }, work));
  const RESTAURANT = `(id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(255) NULL, max_capacity INT NOT NULL,
    time_zone VARCHAR(64) NOT NULL, address VARCHAR(255) NOT NULL)`;

  it('takes a table that fits as it is, and gives its own columns the type of the ids there', async () => {
    await onFresh(async (database) => {
      await run(database, `CREATE TABLE restaurant ${RESTAURANT}`);
      expect(await migrate(database)).toMatchObject({ found: ['restaurant'], pending: [] });
      expect(await schemaDrift(database)).toEqual([]);
      const [row] = await database.query<{ type: string }>(
        `SELECT data_type AS type FROM information_schema.columns WHERE table_schema = DATABASE()
         AND table_name = 'reservation_slot' AND column_name = 'restaurant_id' AND column_type LIKE '%unsigned'`,
      );
      expect(row).toEqual({ type: 'int' });
      await run(database, `INSERT INTO restaurant VALUES (1, 'a', 5, 'UTC', 'x')`);
      const result = await generateSlots({ database, rules: RULES, range: RANGE });
      expect(result).toMatchObject({ inserted: SLOTS, verified: true });
    });
  });

  it.each([
    [
      'a text for an id',
      RESTAURANT.replace('INT UNSIGNED NOT NULL AUTO_INCREMENT', 'VARCHAR(36) NOT NULL'),
      'varchar(36)',
    ],
    ['no time zone', RESTAURANT.replace('time_zone', 'zone'), 'no column time_zone'],
    ['no key', RESTAURANT.replace(' AUTO_INCREMENT PRIMARY KEY', ''), 'no primary key on (id)'],
    ['another engine', `${RESTAURANT} ENGINE = MyISAM`, 'MyISAM'],
  ])('does nothing where one has %s, and says why', async (_, table, found) => {
    await onFresh(async (database) => {
      await run(database, `CREATE TABLE restaurant ${table}`);
      const refused = { code: 'TABLE_UNFIT', message: expect.stringContaining(found) };
      await expect(migrate(database)).rejects.toMatchObject(refused);
      await expect(migrate(database, { dryRun: true })).rejects.toMatchObject(refused);
      expect(await database.query('SHOW TABLES')).toHaveLength(1);
      const findings = await diagnose(database, { poolSize: 1 });
      const told = findings.find((finding) => finding.found.includes(found));
      expect(told).toMatchObject({
        check: 'schema',
        status: 'problem',
        advice: expect.stringContaining('ALTER TABLE'),
      });
    });
  });
});

describe.each(testServers())('what repairs a restaurant without a zone, on $name', (server) => {
  it('says that another zone than the default may be meant, and can be run as it stands', async () => {
    await withMigratedDatabase(server, async (database) => {
      await run(database, 'ALTER TABLE restaurant DROP COLUMN time_zone');
      const [{ repair } = { repair: '' }] = await schemaDrift(database);
      expect(repair).toMatch(/'Asia\/Seoul' \/\* or the zone/);
      await run(database, repair);
      expect(await schemaDrift(database)).toEqual([]);
    });
  });
});

describe.each(testServers())('ids beyond 2^53 on $name', (server) => {
  it('of a restaurant are refused by table, column and value, and the others can be named without it', async () => {
    await withMigratedDatabase(server, async (database) => {
      await run(database, `INSERT INTO restaurant (id, name, max_capacity) VALUES (1, 'a', 5), (${TOO_LARGE}, 'b', 5)`);
      const read = async (restaurantIds?: { from: number; to: number }) => {
        const ids: number[] = [];
        for await (const { restaurantId } of readRules(database, { restaurantIds })) ids.push(restaurantId);
        return ids;
      };
      await expect(read()).rejects.toMatchObject({
        code: 'NUMBER_TOO_LARGE',
        message: expect.stringContaining(`column id of table restaurant is ${TOO_LARGE}`),
      });
      expect(await read({ from: 1, to: Number.MAX_SAFE_INTEGER })).toEqual([1]);
    });
  });

  it('of a slot keep out nobody who wants another slot, and name no other row', async () => {
    await withReservationScene(server, { slots: 2, capacity: 5 }, async ({ database }) => {
      await run(database, `UPDATE reservation_slot SET id = ${TOO_LARGE} WHERE id = 2`);
      const reservations = createReservations({ database });
      const ask = (time: string) =>
        reservations.reserve({
          restaurantId: 1,
          date: '2099-01-01',
          time,
          memberId: 1,
          partySize: 1,
          idempotencyKey: time,
        });
      const [good, large] = await Promise.allSettled([ask('01:00'), ask('02:00')]);
      expect(good).toMatchObject({ value: { kind: 'reserved' } });
      expect(large).toMatchObject({ reason: { code: 'NUMBER_TOO_LARGE' } });
      await reservations.close();
    });
  });

  it.each(['combining', 'atomic'] as const)(
    'of a reservation are an error of %s, and nothing is written',
    async (strategy) => {
      await withReservationScene(server, { slots: 1, capacity: 5 }, async ({ database }) => {
        await run(database, `ALTER TABLE reservation AUTO_INCREMENT = ${TOO_LARGE}`);
        const reservations = createReservations({ database, strategy });
        const request = { slotId: 1, memberId: 1, partySize: 1, idempotencyKey: 'a' };
        await expect(reservations.reserve(request)).rejects.toMatchObject({ code: 'NUMBER_TOO_LARGE' });
        expect(await database.query('SELECT id FROM reservation')).toEqual([]);
        expect(await checkInvariants(database)).toMatchObject({ ok: true });
        await reservations.close();
      });
    },
  );
});

describe.each(testServers())('time zones on $name', (server) => {
  it.each(['KST', '+09:00'])('%s is none: rules, doctor and reservations name the restaurant', async (zone) => {
    await withReservationScene(server, { slots: 1, capacity: 5 }, async ({ database }) => {
      await run(database, `UPDATE restaurant SET time_zone = '${zone}'`);
      const read = () => readRules(database).next();
      const refused = { code: 'BAD_RULE', message: expect.stringContaining('restaurant 1') };
      await expect(read()).rejects.toMatchObject(refused);
      await expect(reserveOne(database)).rejects.toMatchObject(refused);
      const findings = await diagnose(database, { poolSize: 1 });
      expect(findings).toContainEqual(
        expect.objectContaining({ check: 'zones', status: 'problem', found: expect.stringContaining('(1)') }),
      );
    });
  });

  it('a slot that has begun is refused with the zone by which it has, and the column to look at', async () => {
    await withReservationScene(server, { slots: 1, capacity: 5 }, async ({ database }) => {
      await run(database, "UPDATE reservation_slot SET date = '2020-01-01'");
      await expect(reserveOne(database)).rejects.toMatchObject({
        code: 'SLOT_PAST',
        message: expect.stringContaining('by the clocks of Asia/Seoul'),
        hint: expect.stringContaining('restaurant.time_zone'),
      });
    });
  });
});
