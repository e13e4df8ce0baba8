import { randomBytes } from 'node:crypto';

import { withConnection } from './servers.js';
import type { TestServer } from './servers.js';

/**
 * Runs `work` with the URL of a new user with `grants`, for the schema of `schemaUrl`. In each grant, `?` is the schema
 * and `USER` the user.
 */
export async function asUser(
  { server, schemaUrl }: { server: TestServer; schemaUrl: string },
  grants: readonly string[],
  work: (url: string) => Promise<void>,
): Promise<void> {
  const url = new URL(schemaUrl);
  [url.username, url.password] = [`u${randomBytes(5).toString('hex')}`, randomBytes(9).toString('hex')];
  const account = `'${url.username}'@'%'`;
  const schema = `\`${url.pathname.slice(1)}\``;
  await withConnection(server.url, async (admin) => {
    await admin.query(`CREATE USER ${account} IDENTIFIED BY '${url.password}'`);
    try {
      for (const grant of grants) await admin.query(grant.replace('?', schema).replace('USER', account));
      await work(url.href);
    } finally {
      await admin.query(`DROP USER ${account}`);
    }
  });
}
