import { connect, diagnose } from 'tablepick/database';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { isShare } from '../support/fire-share.js';
import { type HostileSetting, hostileOn } from '../support/hostile-settings.js';
import { type PrivateServer, startPrivateServer } from '../support/private-server.js';
import { withConnection, withTestDatabase } from '../support/servers.js';
import { takeTour, tourReservations } from '../support/settings-tour.js';

/** Increment and offset of ids; with the offset beyond the increment the first value is not one of the row of steps. */
const ID_STEPS: readonly (readonly [number, number])[] = isShare
  ? [
      [7, 73],
      [5, 10],
      [7, 3],
    ]
  : [
      [1, 1],
      [1, 2],
      [1, 65535],
      [2, 1],
      [2, 2],
      [2, 3],
      [3, 2],
      [5, 10],
      [7, 1],
      [7, 7],
      [7, 8],
      [7, 71],
      [7, 73],
      [10, 5],
      [65535, 1],
      [65535, 65535],
    ];

describe.each(['mysql', 'mariadb'] as const)('a %s whose settings are hostile', (engine) => {
  let server: PrivateServer;
  const hostile = hostileOn(engine);

  beforeAll(async () => {
    const serverOptions = engine === 'mariadb' ? ['--innodb-autoinc-lock-mode=1', '--query-cache-type=1'] : [];
    server = await startPrivateServer(engine, { serverOptions });
  });
  afterAll(() => server?.remove());
  afterEach(() => reset(hostile));

  async function set(settings: readonly HostileSetting[]): Promise<void> {
    await withConnection(server.url, async (admin) => {
      for (const { name, value } of settings) await admin.query(`SET GLOBAL ${name} = ${value}`);
    });
  }

  async function reset(settings: readonly HostileSetting[]): Promise<void> {
    await withConnection(server.url, async (admin) => {
      for (const { name } of settings.toReversed()) await admin.query(`SET GLOBAL ${name} = DEFAULT`);
    });
  }

  it('serves the whole way right with all of them at once', async () => {
    await set(hostile);
    await takeTour(server);
  });

  it.each(isShare ? [] : hostile)('serves the whole way right with $name = $value', async (setting) => {
    await set([setting]);
    await takeTour(server);
  });

  it('is told by doctor, setting by setting', async () => {
    await set(hostile);
    await withTestDatabase(server, async ({ url }) => {
      const database = await connect({ url });
      const findings = await diagnose(database, { poolSize: 1 });
      await database.close();
      const { found = '', advice = '' } = findings.find(({ check }) => check === 'session-settings') ?? {};
      for (const name of ['sql_select_limit 7', 'completion_type RELEASE', 'autocommit OFF']) {
        expect(found).toContain(name);
      }
      expect(advice).toContain('sql_select_limit = 18446744073709551615');
      const steps = findings.find(({ check }) => check === 'id-steps');
      expect(steps?.found).toContain('auto_increment_increment 7, auto_increment_offset 73');
    });
  });

  it.each(ID_STEPS)('tells everybody the id of the own row with ids in steps of %i from %i', async (step, offset) => {
    await set([
      { name: 'auto_increment_increment', value: String(step) },
      { name: 'auto_increment_offset', value: String(offset) },
    ]);
    await tourReservations(server, isShare ? ['combining', 'adaptive'] : undefined);
  });
});

describe('a MariaDB that shows its tables as they were once', () => {
  it('is refused by name', async () => {
    const server = await startPrivateServer('mariadb', {});
    try {
      await withTestDatabase(server, async ({ url }) => {
        await withConnection(server.url, (admin) => admin.query("SET GLOBAL system_versioning_asof = '2020-01-01'"));
        await expect(connect({ url })).rejects.toMatchObject({
          code: 'SERVER_UNFIT',
          message: expect.stringContaining('system_versioning_asof') as string,
          hint: expect.stringContaining('SET GLOBAL system_versioning_asof = DEFAULT') as string,
        });
      });
    } finally {
      await server.remove();
    }
  });
});
