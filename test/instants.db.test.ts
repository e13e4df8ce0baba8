import { fileURLToPath } from 'node:url';

import { type Database, connect } from 'tablepick/database';
import { outboxStatus } from 'tablepick/messaging';
import { describe, expect, it } from 'vitest';

import { runProgram } from './support/run-program.js';
import { testServers, withTestDatabase } from './support/servers.js';

const CHILD = fileURLToPath(new URL('./support/users-connection-child.mjs', import.meta.url));
const OCCURRED_AT = '2026-07-01T12:34:56.789Z';

/**
 * Connections as users open them: other zones of the session and of the driver, mysql2 as it comes, and what ORMs set.
 */
const SETTINGS = [
  { driver: { timezone: 'local' }, session: ["SET time_zone = '+09:00'"] },
  { driver: {}, session: [] },
  { driver: { timezone: 'Z', dateStrings: true }, session: ["SET time_zone = '-11:30'"] },
  { driver: { timezone: '+05:30' }, session: ["SET time_zone = '+12:45'"] },
  {
    driver: { flags: ['FOUND_ROWS'], supportBigNumbers: true },
    session: ["SET time_zone = '-05:00'", 'SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE', "SET sql_mode = ''"],
  },
];

/** Every instant that was written, by what it is. */
const SELECT_INSTANTS = `SELECT 'outbox' AS name, occurred_at AS instant FROM outbox WHERE id NOT LIKE 'given-%'
  UNION ALL SELECT 'history', changed_at FROM reservation_history
  UNION ALL SELECT 'compensation asked for', requested_at FROM compensation
  UNION ALL SELECT 'compensation', changed_at FROM compensation
  UNION ALL SELECT 'migration', applied_at FROM tablepick_migration`;

describe.each(testServers())('instants on $name', (server) => {
  it.each(['Asia/Seoul', 'America/New_York'])('are UTC over any connection of a user in %s', async (zone) => {
    await withTestDatabase(server, async ({ url }) => {
      const job = JSON.stringify({ url, occurredAt: OCCURRED_AT, settings: SETTINGS });
      const env = { TZ: zone, TABLEPICK_TEST_JOB: job };
      const { code, stderr } = await runProgram(process.execPath, [CHILD], { env });
      expect([code, stderr]).toEqual([0, '']);
      const database = await connect({ url });
      try {
        await checkInstants(database);
      } finally {
        await database.close();
      }
    });
  });
});

async function checkInstants(database: Database): Promise<void> {
  const sql = "SELECT occurred_at AS instant FROM outbox WHERE id LIKE 'given-%'";
  const given = (await database.query<{ instant: string }>(sql)).map(({ instant }) => instant);
  expect(given).toEqual(SETTINGS.map(() => '2026-07-01 12:34:56.789000'));
  expect(await readFarOff(database)).toEqual([]);
  await database.session((session) => session.execute("DELETE FROM outbox WHERE id LIKE 'given-%'"));
  const { pending, oldestSeconds } = await outboxStatus(database);
  expect(pending).toBe(SETTINGS.length * 3);
  expect(Math.abs(oldestSeconds!)).toBeLessThan(1800);
}

/** What lies half an hour or more from now: another time zone does. */
async function readFarOff(database: Database): Promise<string[]> {
  const rows = await database.query<{ name: string; instant: string }>(SELECT_INSTANTS);
  const names = new Set(rows.map(({ name }) => name));
  expect([...names].sort()).toEqual(['compensation', 'compensation asked for', 'history', 'migration', 'outbox']);
  const apartMs = (instant: string) => Math.abs(Date.now() - Date.parse(`${instant.replace(' ', 'T')}Z`));
  return rows.filter(({ instant }) => apartMs(instant) > 1_800_000).map(({ name, instant }) => `${name} ${instant}`);
}
