import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import type { Database } from 'tablepick/database';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { insertEntry, openEntries, type Entries } from './support/entries.js';
import { testServers } from './support/servers.js';

const run = promisify(execFile);

const CREATE_SAMPLE = `CREATE TABLE sample (id INT PRIMARY KEY, day DATE, at TIME, stamp DATETIME(6), big BIGINT,
  price DECIMAL(10, 2), word VARCHAR(40), raw VARBINARY(20), flag BOOLEAN) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4`;

describe.each(testServers())('a session on $name', (server) => {
  let entries: Entries;
  let database: Database;

  beforeAll(async () => {
    entries = await openEntries(server);
    database = entries.database;
    await database.session((session) => session.execute(CREATE_SAMPLE));
  });
  beforeEach(() => entries.clear());
  afterAll(async () => {
    await entries?.close();
  });

  it('says what the server is', () => {
    expect(database.server).toMatchObject({ flavour: server.name, database: entries.schema.name });
    expect(database.server.versionNumber).toBeGreaterThanOrEqual(server.name === 'mysql' ? 80000 : 100600);
    expect(database.server.serverId).not.toBe('');
    expect(database.server.maxAllowedPacket).toBeGreaterThan(1024);
    expect(typeof database.server.localInfile).toBe('boolean');
  });

  it('gives every session READ COMMITTED, UTC and a strict mode, whatever the one before it set', async () => {
    const read = () =>
      database.session(async (session) => {
        const [row] = await session.query<{ zone: string; mode: string; mine: string | null; free: number }>(
          `SELECT @@time_zone AS zone, @@sql_mode AS mode, @mine AS mine, IS_FREE_LOCK('a lock') AS free`,
        );
        return row!;
      });
    await database.session(async (session) => {
      await session.execute("SET time_zone = '+09:00', sql_mode = '', @mine = 'left over'");
      await session.query("SELECT GET_LOCK('a lock', 0)");
    });
    const after = await read();
    expect(after).toMatchObject({ zone: '+00:00', mine: null, free: 1 });
    expect(after.mode).toContain('STRICT_TRANS_TABLES');
    await expect(
      database.session((session) => session.execute("INSERT INTO sample (id, day) VALUES (1, '2026-02-30')")),
    ).rejects.toMatchObject({ code: 'BAD_ROW' });
  });

  it.each(['UTC', 'Asia/Seoul', 'America/New_York', 'Pacific/Apia'])(
    'brings values back as they were sent, in a process that lives in %s',
    async (zone) => {
      const script = `
        import { connect } from 'tablepick/database';
        const database = await connect({ url: process.env.URL_UNDER_TEST });
        const sent = ['2026-03-29', '02:30:00', '2011-12-30 00:00:00.000001', 9007199254740993n, '12.30', 'Ünïcode 🍜', Buffer.from([0, 255, 39]), true];
        await database.transaction(async (tx) => {
          await tx.execute('DELETE FROM sample');
          await tx.execute('INSERT INTO sample VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)', sent);
          const statement = await tx.prepare('INSERT INTO sample VALUES (2, ?, ?, ?, ?, ?, ?, ?, ?)');
          await statement.execute(sent);
          await statement.close();
          await tx.execute('INSERT INTO sample (id, stamp) VALUES (3, ?)', [new Date(Date.UTC(2026, 10, 1, 5, 30))]);
        });
        const rows = await database.query('SELECT id, day, at, stamp, CAST(big AS CHAR) AS big, price, word, HEX(raw) AS raw, flag FROM sample ORDER BY id');
        console.log(JSON.stringify(rows));
        await database.close();`;
      const env = { ...process.env, TZ: zone, URL_UNDER_TEST: entries.schema.url };
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { env });
      const expected = {
        day: '2026-03-29',
        at: '02:30:00',
        stamp: '2011-12-30 00:00:00.000001',
        big: '9007199254740993',
        price: '12.30',
        word: 'Ünïcode 🍜',
        raw: '00FF27',
        flag: 1,
      };
      const rows = JSON.parse(stdout) as unknown[];
      expect(rows.slice(0, 2)).toEqual([
        { id: 1, ...expected },
        { id: 2, ...expected },
      ]);
      expect(rows[2]).toMatchObject({ stamp: '2026-11-01 05:30:00.000000' });
    },
  );

  it('counts rows that changed, not rows that matched', async () => {
    await database.transaction(async (tx) => {
      await insertEntry(tx, 1);
      expect(await tx.execute("UPDATE entry SET note = 'x' WHERE id = 1")).toMatchObject({ affectedRows: 0 });
      const again = await tx.execute(
        "INSERT INTO entry VALUES (1, 'x'), (2, 'x') ON DUPLICATE KEY UPDATE id = entry.id",
      );
      expect(again).toMatchObject({ affectedRows: 1, records: 2 });
    });
  });
});
