import { randomBytes } from 'node:crypto';

import { diagnose, migrate, type Finding } from 'tablepick/database';
import { describe, expect, it } from 'vitest';

import { asUser } from './support/as-user.js';
import { withDatabase } from './support/entries.js';
import { testServers, withConnection, withTestDatabase, type TestDatabase } from './support/servers.js';

describe.each(testServers())('diagnose on $name', (server) => {
  const examine = (url: string, poolSize = 10) => withDatabase({ url }, (database) => diagnose(database, { poolSize }));
  const find = (findings: Finding[], check: string) => findings.filter((finding) => finding.check === check);

  const onReady = (work: (schema: TestDatabase) => Promise<void>) =>
    withTestDatabase(server, async (schema) => {
      await withDatabase({ url: schema.url }, (database) => migrate(database));
      await work(schema);
    });

  it('finds no problem on a fresh schema, and says something about every check', async () => {
    await onReady(async (schema) => {
      const findings = await examine(schema.url);
      expect(findings.filter(({ status }) => status === 'problem')).toEqual([]);
      const checks = [
        'version',
        'read-only',
        'sql-mode',
        'time-zone',
        'isolation',
        'local-infile',
        'packet',
        'durability',
      ];
      const more = ['connections', 'autoincrement', 'buffer-pool', 'privileges', 'privileges-init', 'schema'];
      expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining([...checks, ...more]));
      for (const { status, advice } of findings) expect(advice === undefined).toBe(status === 'ok');
    });
  });

  it('says how to create what is missing', async () => {
    await withTestDatabase(server, async (schema) => {
      const missing = find(await examine(schema.url), 'schema');
      expect(missing).toContainEqual({
        check: 'schema',
        status: 'problem',
        found: 'table reservation_slot is missing',
        advice: 'run `tablepick init`',
      });
    });
  });

  it('warns of a missing index', async () => {
    await onReady(async (schema) => {
      await withConnection(schema.url, (connection) =>
        connection.query('DROP INDEX ix_reservation_member ON reservation'),
      );
      expect(find(await examine(schema.url), 'indexes')).toMatchObject([
        { status: 'warning', found: 'table reservation has no index on (member_id, created_at)' },
      ]);
    });
  });

  it('says which privileges a user lacks who may only read', async () => {
    await onReady((schema) =>
      asUser({ server, schemaUrl: schema.url }, ['GRANT SELECT ON ?.* TO USER'], async (url) => {
        const findings = await examine(url);
        expect(find(findings, 'privileges')).toMatchObject([
          { status: 'problem', found: `no INSERT, UPDATE, DELETE on ${schema.name}` },
        ]);
        expect(find(findings, 'privileges-init')).toMatchObject([{ status: 'warning' }]);
        expect(find(findings, 'schema')).toMatchObject([{ status: 'ok' }]);
      }),
    );
  });

  it('counts privileges that come from a role', async () => {
    const role = `r${randomBytes(5).toString('hex')}`;
    const grants = [
      `CREATE ROLE ${role}`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ?.* TO ${role}`,
      `GRANT ${role} TO USER`,
      server.name === 'mysql' ? `SET DEFAULT ROLE ${role} TO USER` : `SET DEFAULT ROLE ${role} FOR USER`,
    ];
    await onReady((schema) =>
      asUser({ server, schemaUrl: schema.url }, grants, async (url) => {
        expect(find(await examine(url), 'privileges')).toMatchObject([{ status: 'ok' }]);
      }).finally(() => withConnection(server.url, (admin) => admin.query(`DROP ROLE IF EXISTS ${role}`))),
    );
  });

  it('warns of a user whom read_only does not stop', async () => {
    const privilege = server.name === 'mysql' ? 'CONNECTION_ADMIN' : 'READ_ONLY ADMIN';
    const grants = ['GRANT ALL ON ?.* TO USER'];
    await onReady(async (schema) => {
      await asUser({ server, schemaUrl: schema.url }, grants, async (url) => {
        expect(find(await examine(url), 'fail-over')).toMatchObject([{ status: 'ok' }]);
      });
      await asUser({ server, schemaUrl: schema.url }, [...grants, `GRANT ${privilege} ON *.* TO USER`], async (url) => {
        expect(find(await examine(url), 'fail-over')).toMatchObject([
          { status: 'warning', advice: expect.stringContaining(`REVOKE ${privilege} ON *.*`) as string },
        ]);
      });
    });
  });

  it('calls a pool a problem that is bigger than the server allows', async () => {
    await onReady(async (schema) => {
      expect(find(await examine(schema.url, 1_000_000), 'connections')).toMatchObject([{ status: 'problem' }]);
    });
  });
});
