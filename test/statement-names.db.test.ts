import { Readable } from 'node:stream';

import { type Database, type SchemaNames, connect, defaultNames, migrate } from 'tablepick/database';
import { describe, expect, it } from 'vitest';

import { testServers, withTestDatabase } from './support/servers.js';

const NAMES: SchemaNames = {
  ...defaultNames,
  restaurant: {
    table: 'the `venue`',
    columns: { ...defaultNames.restaurant.columns, id: 'select', name: 'full name' },
  },
};

const INSERT =
  'INSERT INTO {restaurant} ({restaurant.id}, {restaurant.name}, {restaurant.maxCapacity}) VALUES (?, ?, 4)';
const LIST = 'SELECT {restaurant.id} AS id, {restaurant.name} AS name FROM {restaurant} ORDER BY {restaurant.id}';

/** Texts that look like placeholders, and JSON. */
const TEXTS = ['a table at {restaurant}', '{"slot": {"id": 1}, "name": "{slot.id}"}', "it's {restaurant.id} \\ {"];

describe.each(testServers())('a statement of a session ($name)', (server) => {
  const onSchema = (work: (database: Database) => Promise<void>) =>
    withTestDatabase(server, async ({ url }) => {
      const database = await connect({ url, names: NAMES, poolSize: 2 });
      try {
        await migrate(database);
        await work(database);
      } finally {
        await database.close();
      }
    });

  it("gets the schema's own names for its placeholders, however it is sent", async () => {
    await onSchema(async (database) => {
      await database.transaction(async (tx) => {
        await tx.execute(INSERT, [1, 'executed']);
        const prepared = await tx.prepare(INSERT);
        await prepared.execute([2, 'prepared']);
        await prepared.close();
        const load = `LOAD DATA LOCAL INFILE 'rows' INTO TABLE {restaurant} FIELDS TERMINATED BY ','
          ({restaurant.id}, {restaurant.name}, {restaurant.maxCapacity})`;
        await tx.loadLocal(load, Readable.from([Buffer.from('3,loaded,4\n')]));
        expect(await tx.query(LIST)).toHaveLength(3);
      });
      await database.session((session) => session.execute(INSERT, [4, 'in a session']));
      expect(await database.query(LIST)).toEqual([
        { id: 1, name: 'executed' },
        { id: 2, name: 'prepared' },
        { id: 3, name: 'loaded' },
        { id: 4, name: 'in a session' },
      ]);
    });
  });

  it('keeps braces in values and in quoted text as they are', async () => {
    await onSchema(async (database) => {
      await database.transaction(async (tx) => {
        for (const [id, text] of TEXTS.entries()) await tx.execute(INSERT, [id + 1, text]);
      });
      expect((await database.query<{ name: string }>(LIST)).map(({ name }) => name)).toEqual(TEXTS);
      const [row] = await database.query(
        `SELECT '{restaurant}' AS text, JSON_EXTRACT('{"slot": {"id": 7}}', '$.slot.id') AS id /* {slot} */
          FROM {restaurant} WHERE {restaurant.id} = 1 -- isn't {slot}`,
      );
      expect(row).toMatchObject({ text: '{restaurant}', id: expect.anything() });
      expect(String((row as { id: unknown }).id)).toBe('7');
    });
  });

  it('takes a large generated text', async () => {
    await onSchema(async (database) => {
      const rows = Array.from({ length: 5000 }, (_, n) => [n + 1, `{slot} ${n}`, 4]);
      const head = 'INSERT INTO {restaurant} ({restaurant.id}, {restaurant.name}, {restaurant.maxCapacity}) VALUES ';
      const sql = head + rows.map(() => '(?, ?, ?)').join(', ');
      const written = await database.transaction((tx) => tx.execute(sql, rows.flat()));
      expect(written.affectedRows).toBe(5000);
    });
  });

  it('fails clearly when a placeholder is misspelt, and the session goes on', async () => {
    await onSchema(async (database) => {
      await database.session(async (session) => {
        const wrong = session.query('SELECT {restaurant.nmae} FROM {restaurant}');
        await expect(wrong).rejects.toMatchObject({
          code: 'QUERY_FAILED',
          retriable: false,
          message: expect.stringContaining('{restaurant.nmae}'),
        });
        await expect(session.query('SELECT 1 FROM {restaurants}')).rejects.toMatchObject({ code: 'QUERY_FAILED' });
        expect(await session.query(LIST)).toEqual([]);
      });
      expect(() => database.sql('SELECT 1 FROM {restaurants}')).toThrow('{restaurants}');
    });
  });
});
