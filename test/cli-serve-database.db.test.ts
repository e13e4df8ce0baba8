import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type CliDatabase, createCliDatabase } from './support/cli-database.js';
import { expectOneClearLine, runCli } from './support/run-cli.js';

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

  it('refuses a timeout that is none', async () => {
    const refused = await runCli(['serve', 'reservation', '--statement-timeout', 'soon']);
    expectOneClearLine(refused, 2, /--statement-timeout/);
  });
});
