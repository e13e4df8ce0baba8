import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';

import { connect, type ConnectOptions } from 'tablepick/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { withDatabase } from './support/entries.js';
import { createTestDatabase, testServer, testServers, withTestDatabase, type TestDatabase } from './support/servers.js';

describe.each(testServers())('connecting to $name', (server) => {
  const at = (change: (url: URL) => void) => {
    const url = new URL('/no_such_schema', server.url);
    change(url);
    return url.href;
  };

  it.each([
    ['ACCESS_DENIED', at((url) => void (url.password = 'hunter2secret'))],
    ['UNKNOWN_DATABASE', at(() => {})],
    ['SERVER_UNREACHABLE', at((url) => void ((url.password = 'hunter2secret'), (url.port = '1')))],
    ['SERVER_UNREACHABLE', 'mysql://root:hunter2secret@no-such-host.invalid/db'],
    ['BAD_URL', 'mysql://root:hunter2secret@127.0.0.1:99999/db'],
  ])('fails with %s, not retriable, and never shows the password', async (code, url) => {
    const error: unknown = await connect({ url, connectTimeoutMs: 3000 }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, retriable: false, hint: expect.any(String) as string });
    expect(inspectDeep(error)).not.toContain('hunter2');
  });

  it.each([{ poolSize: 0 }, { poolSize: 1.5 }, { statementTimeoutMs: 0 }, { statementTimeoutMs: Number.NaN }])(
    'is refused with the setting %j, which is named',
    async (setting) => {
      const message = expect.stringContaining(Object.keys(setting)[0]!) as string;
      await expect(connect({ url: server.url, ...setting })).rejects.toMatchObject({ code: 'BAD_OPTION', message });
    },
  );

  it('prefers TLS and does without where there is none', async () => {
    await withTestDatabase(server, (schema) =>
      withDatabase({ url: schema.url, sslMode: 'PREFERRED' }, async (preferring) => {
        expect(await preferring.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      }),
    );
  });
});

describe('TLS', () => {
  const server = testServer('mysql');
  let schema: TestDatabase;
  let url: string;

  beforeAll(async () => {
    schema = await createTestDatabase(server);
    url = schema.url.replace('127.0.0.1', 'localhost');
  });
  afterAll(() => schema.drop());

  const cipher = (options: ConnectOptions) =>
    withDatabase(options, async (database) => {
      const [row] = await database.query<{ Value: string }>("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
      return row?.Value;
    });

  it('is off on this machine unless asked for', async () => {
    expect(await cipher({ url })).toBe('');
    expect(await cipher({ url: `${url}?ssl-mode=REQUIRED` })).toMatch(/AES|CHACHA/);
  });

  it('is refused when the certificate was not signed by the CA given', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tablepick-'));
    try {
      const sslCa = join(folder, 'other-ca.pem');
      await writeFile(sslCa, rootCertificates[0]!);
      await expect(cipher({ url, sslCa })).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE', retriable: false });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("is accepted with the server's own CA, but not under a name that the certificate does not carry", async () => {
    const [row] = await withDatabase({ url }, (database) =>
      database.query<{ folder: string }>('SELECT @@datadir AS folder'),
    );
    const sslCa = join(row!.folder, 'ca.pem');
    expect(await cipher({ url, sslCa })).toMatch(/AES|CHACHA/);
    await expect(cipher({ url, sslCa, sslMode: 'VERIFY_IDENTITY' })).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
    });
  });
});

/** An error with everything that hangs on it, as a log would print it. */
function inspectDeep(error: unknown): string {
  const seen: string[] = [];
  for (let current = error; current instanceof Error; current = current.cause) {
    seen.push(String(current.stack), JSON.stringify({ ...current, message: current.message }));
  }
  return seen.join('\n');
}
