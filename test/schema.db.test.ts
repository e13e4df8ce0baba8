import {
  connect,
  defaultNames,
  migrate,
  schemaDrift,
  schemaSql,
  type Database,
  type SchemaNames,
} from 'tablepick/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { withDatabase } from './support/entries.js';
import {
  createTestDatabase,
  testServers,
  withConnection,
  withTestDatabase,
  type TestDatabase,
} from './support/servers.js';

const FILES = ['001_reservation', '002_slot_run', '003_slot_fence', '004_messaging', '005_saga'];
const PAYMENT_FILES = ['004_messaging', '006_payment', '007_payment_mismatch'];

const ODD_NAMES: SchemaNames = {
  ...defaultNames,
  restaurant: {
    table: 'the `venue`',
    columns: { id: 'select', name: 'full name', maxCapacity: 'max', timeZone: 'zone' },
  },
  slot: {
    ...defaultNames.slot,
    table: 'table',
    columns: { ...defaultNames.slot.columns, date: 'on {date}', count: 'count(*)' },
  },
};

describe.each(testServers())('the schema on $name', (server) => {
  const onFresh = (work: (database: Database, schema: TestDatabase) => Promise<void>, names?: SchemaNames) =>
    withTestDatabase(server, (schema) =>
      withDatabase({ url: schema.url, names }, (database) => work(database, schema)),
    );
  const run = (database: Database, sql: string) => database.session((session) => session.execute(sql));

  it('is created once, and a second call finds nothing to do', async () => {
    await onFresh(async (database) => {
      expect(await migrate(database)).toEqual({
        applied: FILES,
        restored: [],
        found: [],
        pending: [],
        current: '005_saga',
      });
      expect(await migrate(database)).toEqual({
        applied: [],
        restored: [],
        found: [],
        pending: [],
        current: '005_saga',
      });
      expect(await schemaDrift(database)).toEqual([]);
    });
  });

  it('of the payment service is made apart, and both may lie in one database', async () => {
    await onFresh(async (database) => {
      const owner = 'payment';
      const made = { applied: PAYMENT_FILES, restored: [], found: [], pending: [], current: '007_payment_mismatch' };
      expect(await migrate(database, { owner })).toEqual(made);
      expect(await schemaDrift(database, owner)).toEqual([]);
      expect((await migrate(database)).applied).toEqual(FILES.filter((name) => !PAYMENT_FILES.includes(name)));
      expect(await migrate(database, { owner })).toEqual({ ...made, applied: [] });
      expect(await schemaDrift(database)).toEqual([]);
    });
  });

  it('is only looked at by a dry run', async () => {
    await onFresh(async (database) => {
      expect(await migrate(database, { dryRun: true })).toEqual({
        applied: [],
        restored: [],
        found: [],
        pending: FILES,
        current: 'none',
      });
      expect(await database.query('SHOW TABLES')).toEqual([]);
    });
  });

  it('is created once when five start at the same moment', async () => {
    await onFresh(async (database) => {
      const reports = await Promise.all(Array.from({ length: 5 }, () => migrate(database)));
      expect(reports.flatMap(({ applied }) => applied)).toEqual(FILES);
    });
  });

  it('is finished by the next call when one died in the middle of a file', async () => {
    await onFresh(async (database) => {
      const statements = schemaSql(defaultNames).split(';\n');
      for (const statement of statements.slice(0, 3)) await run(database, statement);
      expect((await migrate(database)).applied).toEqual(FILES);
      expect(await schemaDrift(database)).toEqual([]);
    });
  });

  it('gets a dropped table back, once, and keeps what the others hold', async () => {
    await onFresh(async (database) => {
      await migrate(database);
      await run(database, "INSERT INTO restaurant (name, max_capacity) VALUES ('a', 4)");
      await run(database, 'DROP TABLE slot_run_failure');
      const damaged = { applied: [], restored: ['002_slot_run'], found: [], pending: [], current: '005_saga' };
      expect(await migrate(database, { dryRun: true })).toEqual(damaged);
      expect(await migrate(database)).toEqual(damaged);
      expect(await migrate(database)).toEqual({ ...damaged, restored: [] });
      expect(await schemaDrift(database)).toEqual([]);
      expect(await database.query('SELECT name FROM restaurant')).toEqual([{ name: 'a' }]);
    });
  });

  it('can be made by hand from its SQL text', async () => {
    await onFresh(async (database, schema) => {
      const url = new URL(schema.url);
      url.searchParams.set('multipleStatements', 'true');
      await withConnection(url.href, (connection) => connection.query(schemaSql(defaultNames)));
      expect(await migrate(database)).toEqual({
        applied: [],
        restored: [],
        found: [],
        pending: [],
        current: '005_saga',
      });
      expect(await schemaDrift(database)).toEqual([]);
    });
  });

  it('takes table and column names that need quoting', async () => {
    await onFresh(async (database) => {
      await migrate(database);
      expect(await schemaDrift(database)).toEqual([]);
      await run(database, "INSERT INTO {restaurant} ({restaurant.name}, {restaurant.maxCapacity}) VALUES ('a', 4)");
      await run(
        database,
        `INSERT INTO {slot} ({slot.restaurantId}, {slot.date}, {slot.time}, {slot.capacity})
          SELECT {restaurant.id}, '2026-01-01', '10:00', {restaurant.maxCapacity} FROM {restaurant}`,
      );
      expect(await database.query('SELECT {slot.count} AS n FROM {slot}')).toEqual([{ n: 0 }]);
    }, ODD_NAMES);
  });

  it('is compared with what the files ask for: tables, columns and indexes', async () => {
    await onFresh(async (database) => {
      await migrate(database);
      await run(database, 'ALTER TABLE reservation_slot DROP COLUMN version');
      await run(
        database,
        'ALTER TABLE reservation DROP KEY ix_reservation_member, DROP KEY uk_reservation_idempotency, ADD KEY (idempotency_key)',
      );
      await run(database, 'DROP TABLE slot_run_failure');
      expect(await schemaDrift(database)).toMatchObject([
        { kind: 'missing-column', table: 'reservation_slot', name: 'version' },
        { kind: 'missing-key', table: 'reservation', name: 'idempotency_key' },
        { kind: 'missing-index', table: 'reservation', name: 'member_id, created_at' },
        { kind: 'missing-table', table: 'slot_run_failure', name: 'slot_run_failure' },
      ]);
      await run(database, 'CREATE INDEX their_own ON reservation (member_id, created_at, status)');
      expect(await schemaDrift(database)).not.toContainEqual(
        expect.objectContaining({ name: 'member_id, created_at' }),
      );
    });
  });

  it.each([
    ['another content', "UPDATE tablepick_migration SET checksum = REPEAT('0', 64) WHERE number = 1"],
    [
      'a file of a newer version',
      "INSERT INTO tablepick_migration (number, name, checksum) VALUES (999, '999_later', '')",
    ],
  ])('is refused when the database has %s applied', async (_, change) => {
    await onFresh(async (database) => {
      await migrate(database);
      await run(database, change);
      await expect(migrate(database)).rejects.toMatchObject({ code: 'SCHEMA_DRIFT', retriable: false });
      await expect(migrate(database, { dryRun: true })).rejects.toMatchObject({ code: 'SCHEMA_DRIFT' });
      await expect(schemaDrift(database)).rejects.toMatchObject({ code: 'SCHEMA_DRIFT' });
    });
  });
});

describe.each(testServers())('with a month of slots on $name', (server) => {
  let schema: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    schema = await createTestDatabase(server);
    database = await connect({ url: schema.url });
    await migrate(database);
    await database.session(async (session) => {
      for (const statement of FILL) await session.execute(statement);
      await session.query('ANALYZE TABLE reservation_slot, reservation');
    });
  });
  afterAll(async () => {
    await database?.close();
    await schema?.drop();
  });

  const explain = async (sql: string) => {
    const [row, ...more] = await database.query<{ key: string; Extra: string | null; rows: number }>(
      `EXPLAIN FORMAT=TRADITIONAL ${sql}`,
    );
    expect(more).toEqual([]);
    return row!;
  };

  it('finds the slots of a restaurant and day by their unique key', async () => {
    const plan = await explain(`SELECT time, capacity, count FROM reservation_slot
      WHERE restaurant_id = 150 AND date = '2026-12-14' ORDER BY time`);
    expect(plan).toMatchObject({ key: 'uk_slot' });
    expect(plan.Extra ?? '').not.toContain('filesort');
    expect(Number(plan.rows)).toBeLessThan(100);
  });

  it('finds the free slots of a day restaurant by restaurant by the same key, without sorting', async () => {
    const plans = await database.query<{ table: string; key: string; Extra: string | null; rows: number }>(
      `EXPLAIN FORMAT=TRADITIONAL SELECT r.id, s.time FROM restaurant r
       JOIN reservation_slot s ON s.restaurant_id = r.id AND s.date = '2026-12-14'
       WHERE s.count < s.capacity ORDER BY r.id LIMIT 50`,
    );
    expect(plans).toMatchObject([
      { table: 'r', key: 'PRIMARY' },
      { table: 's', key: 'uk_slot' },
    ]);
    expect(plans[0]?.Extra ?? '').not.toContain('filesort');
    expect(Number(plans[1]?.rows)).toBeLessThan(100);
  });

  it('finds the reservations of a member by the index on the member, newest first without sorting', async () => {
    const plan = await explain(
      'SELECT id, status FROM reservation WHERE member_id = 77 ORDER BY created_at DESC LIMIT 20',
    );
    expect(plan).toMatchObject({ key: 'ix_reservation_member' });
    expect(plan.Extra ?? '').not.toContain('filesort');
  });

  it('lets a member hold one live reservation of a slot, and another once that one is over', async () => {
    const reserve = () =>
      database.transaction((tx) =>
        tx.execute('INSERT INTO reservation (reservation_slot_id, restaurant_id, member_id) VALUES (5, 1, 999999)'),
      );
    await reserve();
    await expect(reserve()).rejects.toMatchObject({ code: 'BAD_ROW' });
    const end = "UPDATE reservation SET status = 'CANCELLED' WHERE member_id = 999999";
    await database.transaction((tx) => tx.execute(end));
    await reserve();
    await database.transaction((tx) => tx.execute(end));
    await reserve();
  });

  it('refuses an idempotency key that was used before, and tells capital letters apart', async () => {
    const reserve = (member: number, key: string) =>
      database.transaction((tx) =>
        tx.execute(
          'INSERT INTO reservation (reservation_slot_id, restaurant_id, member_id, idempotency_key) VALUES (6, 1, ?, ?)',
          [member, key],
        ),
      );
    await reserve(800_001, 'abc');
    await reserve(800_002, 'ABC');
    await expect(reserve(800_003, 'abc')).rejects.toMatchObject({ code: 'BAD_ROW' });
  });
});

/** 200 restaurants, 30 days, 16 slots each; 20,000 reservations of 2,000 members. */
const FILL = [
  `INSERT INTO restaurant (name, max_capacity)
    WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT CONCAT('r', i), 20 FROM n`,
  `INSERT INTO reservation_slot (restaurant_id, date, time, capacity, count)
    WITH RECURSIVE d AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM d WHERE i < 29),
      h AS (SELECT 6 AS i UNION ALL SELECT i + 1 FROM h WHERE i < 21)
    SELECT r.id, DATE '2026-12-01' + INTERVAL d.i DAY, MAKETIME(h.i, 0, 0), 20, (r.id + d.i + h.i) % 21 FROM restaurant r, d, h`,
  `INSERT INTO reservation (reservation_slot_id, restaurant_id, member_id, created_at)
    SELECT id, restaurant_id, id % 2000, date FROM reservation_slot WHERE id % 5 = 0 LIMIT 20000`,
];
