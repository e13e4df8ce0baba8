import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type CliDatabase, createCliDatabase } from './support/cli-database.js';
import { expectOneClearLine, runCli, startCli } from './support/run-cli.js';
import { withConnection } from './support/servers.js';
import { startStallingProxy } from './support/stalling-proxy.js';

const ALL = ['reservation', 'payment', 'gateway', 'notifications'];
const ANY_PORTS = ['reservation', 'payment', 'gateway'].flatMap((name) => [`--${name}-port`, '0']);

let database: CliDatabase;
let payments: string;

beforeAll(async () => {
  database = await createCliDatabase();
  payments = `${new URL(database.url).pathname.slice(1)}_payment`;
  await database.query(`CREATE DATABASE \`${payments}\``);
});

afterAll(async () => {
  await database.query(`DROP DATABASE \`${payments}\``);
  await database.drop();
});

describe('tablepick serve', () => {
  it('does not start without the tables of one service, and says how to create them', async () => {
    const refused = await database.run('serve', ...ALL, ...ANY_PORTS, '--json');
    expectOneClearLine(refused, 1, /payment service cannot start: .*table payment is missing/);
    expect(refused.stderr).toContain('tablepick init --payment');
    expect(refused.stdout).not.toContain('services');
    const started = await database.query('SELECT COUNT(*) AS count FROM message_partition');
    expect(started[0]?.count).toBe(0);
  });

  it('ends at Ctrl-C although the database is silent, and says that work was given up', async () => {
    const prepared = await createCliDatabase();
    const proxy = await startStallingProxy(prepared.url);
    try {
      const cli = startCli(['serve', 'reservation', '--reservation-port', '0', '--json'], {
        TABLEPICK_DATABASE_URL: proxy.url,
      });
      let stdout = '';
      cli.child.stdout?.on('data', (text: string) => (stdout += text));
      await cli.printed(/\}\n/);
      proxy.stall();
      const { services } = JSON.parse(stdout) as { services: { url: string }[] };
      expect((await fetch(`${services[0]!.url}/ready`)).status).toBe(503);
      cli.child.kill('SIGINT');
      const { code, stderr } = await cli.ended;
      expect(code, stderr).toBe(130);
      expect(stderr).toMatch(/did not end within 15 s and is given up/);
    } finally {
      await proxy.close();
      await prepared.drop();
    }
  });

  it('says by itself that its database is silent, and that it answers again', async () => {
    const prepared = await createCliDatabase();
    const proxy = await startStallingProxy(prepared.url);
    try {
      const words = ['serve', 'reservation', '--reservation-port', '0', '--json'];
      const cli = startCli(words, { TABLEPICK_DATABASE_URL: proxy.url });
      await cli.printed(/\}\n/);
      proxy.stall();
      await cli.said(/reservation: not ready: .*no answer within 2000 ms/);
      proxy.goOn();
      await cli.said(/reservation: there again: database/);
      cli.child.kill('SIGTERM');
      await cli.ended;
    } finally {
      await proxy.close();
      await prepared.drop();
    }
  });

  it('gives up a statement without an answer after --statement-timeout', async () => {
    const waiting = async () => {
      const text =
        "SELECT COUNT(*) AS count FROM information_schema.processlist WHERE info LIKE 'SELECT%reservation_slot%'";
      const [row] = await database.query(`${text} AND state LIKE 'Waiting for table%'`);
      return Number(row?.count);
    };
    const words = ['serve', 'reservation', '--reservation-port', '0', '--statement-timeout', '500ms', '--json'];
    const cli = startCli(words, { TABLEPICK_DATABASE_URL: database.url });
    let stdout = '';
    cli.child.stdout?.on('data', (text: string) => (stdout += text));
    await cli.printed(/\}\n/);
    const { services } = JSON.parse(stdout) as { services: { url: string }[] };
    await withConnection(database.url, async (locking) => {
      await locking.query('LOCK TABLES reservation_slot WRITE');
      const answered = fetch(`${services[0]!.url}/reservations`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ slotId: 1, memberId: 7, partySize: 2 }),
      });
      // The server does not notice that a statement was given up, so those of one request add up.
      await expect.poll(waiting, { timeout: 20_000 }).toBeGreaterThan(3);
      cli.child.kill('SIGKILL');
      await answered.catch(() => {});
      await locking.query('UNLOCK TABLES');
    });
    await cli.ended;
  });

  it('refuses a timeout that is none', async () => {
    const refused = await runCli(['serve', 'reservation', '--statement-timeout', 'soon']);
    expectOneClearLine(refused, 2, /--statement-timeout/);
  });
});
