import { setTimeout as sleep } from 'node:timers/promises';

import { type Database, connect } from 'tablepick/database';
import { describe, expect, it } from 'vitest';

import { asUser } from './support/as-user.js';
import { withDatabase } from './support/entries.js';
import { startPrivateServer } from './support/private-server.js';
import { testServers, withConnection, withTestDatabase } from './support/servers.js';

describe.each(testServers())('a pool of connections to $name', (server) => {
  it('goes on with the connections that it holds when the server refuses further ones', async () => {
    await withTestDatabase(server, async ({ url: schemaUrl }) => {
      const grants = ['GRANT ALL ON ?.* TO USER', 'ALTER user USER WITH MAX_USER_CONNECTIONS 3'];
      await asUser({ server, schemaUrl }, grants, (url) =>
        withDatabase({ url, poolSize: 10 }, async (database) => {
          const used = new Set<number>();
          await Promise.all(
            Array.from({ length: 60 }, () =>
              database.session(async ({ connectionId }) => {
                used.add(connectionId);
                await sleep(5);
              }),
            ),
          );
          expect(used.size).toBeLessThan(10);
        }),
      );
    });
  });
});

describe('a pool whose server takes no writes, or is away', () => {
  const CALLERS = 400;

  /** How many of the callers were refused, and for which reasons. */
  async function ask(database: Database): Promise<{ refused: number; codes: string[] }> {
    const asked = await Promise.allSettled(
      Array.from({ length: CALLERS }, () => database.transaction(async (tx) => tx.query('SELECT 1'), { retry: false })),
    );
    const reasons = asked.filter((each) => each.status === 'rejected').map(({ reason }) => reason as { code: string });
    return { refused: reasons.length, codes: [...new Set(reasons.map(({ code }) => code))] };
  }

  it('does not log in for each of its callers, and serves them all when the server is back', async () => {
    const server = await startPrivateServer('mysql');
    try {
      await withTestDatabase(server, async ({ url }) => {
        const database = await connect({ url, poolSize: 10 });
        try {
          await ask(database);
          const logins = () =>
            withConnection(server.url, async (admin) => {
              const [rows] = await admin.query(`SHOW GLOBAL STATUS LIKE 'Connections'`);
              return Number((rows as { Value: string }[])[0]!.Value);
            });
          await withConnection(server.url, (admin) => admin.query('SET GLOBAL super_read_only = 1'));
          const before = await logins();
          expect(await ask(database)).toEqual({ refused: CALLERS, codes: ['CONNECTION_LOST'] });
          expect((await logins()) - before).toBeLessThan(50);
          await withConnection(server.url, (admin) => admin.query('SET GLOBAL read_only = 0'));
          expect(await ask(database)).toEqual({ refused: 0, codes: [] });

          await server.kill();
          expect(await ask(database)).toEqual({ refused: CALLERS, codes: ['CONNECTION_LOST'] });
          await server.start();
          expect(await ask(database)).toEqual({ refused: 0, codes: [] });
        } finally {
          await database.close();
        }
      });
    } finally {
      await server.remove();
    }
  });
});
