import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';
import { promisify } from 'node:util';

import {
  connect,
  isDeadlock,
  mysqlErrno,
  type ConnectOptions,
  type Database,
  type Transaction,
} from 'tablepick/database';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { startFaultProxy, type FaultProxy } from '../src/testing/fault-proxy.js';
import { createTestDatabase, testServer, testServers, withConnection, type TestDatabase } from './support/servers.js';

const run = promisify(execFile);

async function withDatabase<T>(options: ConnectOptions, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await connect(options);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** Resolves for both callers once both have arrived. */
function createMeeting(): () => Promise<void> {
  let arrive: () => void;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  let waiting = 0;
  return () => {
    waiting += 1;
    if (waiting === 2) arrive();
    return arrived;
  };
}

describe.each(testServers())('the database layer on $name', (server) => {
  let schema: TestDatabase;
  let database: Database;
  let proxy: FaultProxy;
  let proxied: string;

  const count = async (): Promise<number> => {
    const [row] = await database.query<{ n: number }>('SELECT COUNT(*) AS n FROM entry');
    return row!.n;
  };
  const insert = (tx: Transaction, id: number) => tx.execute('INSERT INTO entry (id, note) VALUES (?, ?)', [id, 'x']);

  beforeAll(async () => {
    schema = await createTestDatabase(server);
    const address = new URL(schema.url);
    proxy = await startFaultProxy({ target: { host: address.hostname, port: Number(address.port) } });
    address.host = `127.0.0.1:${proxy.port}`;
    proxied = address.href;
    database = await connect({ url: schema.url });
    await database.session(async (session) => {
      await session.execute('CREATE TABLE entry (id BIGINT PRIMARY KEY, note VARCHAR(20)) ENGINE = InnoDB');
      await session.execute(`CREATE TABLE sample (id INT PRIMARY KEY, day DATE, at TIME, stamp DATETIME(6), big BIGINT,
        price DECIMAL(10, 2), word VARCHAR(40), raw VARBINARY(20), flag BOOLEAN) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4`);
    });
  });

  beforeEach(async () => {
    await database.session((session) => session.execute('DELETE FROM entry'));
  });

  afterAll(async () => {
    await proxy?.close();
    await database?.close();
    await schema?.drop();
  });

  it('says what the server is', () => {
    expect(database.server).toMatchObject({ flavour: server.name, database: schema.name });
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
        const rows = await database.query('SELECT id, day, at, stamp, big, price, word, HEX(raw) AS raw, flag FROM sample ORDER BY id');
        console.log(JSON.stringify(rows));
        await database.close();`;
      const env = { ...process.env, TZ: zone, URL_UNDER_TEST: schema.url };
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
      await insert(tx, 1);
      expect(await tx.execute("UPDATE entry SET note = 'x' WHERE id = 1")).toMatchObject({ affectedRows: 0 });
      const again = await tx.execute(
        "INSERT INTO entry VALUES (1, 'x'), (2, 'x') ON DUPLICATE KEY UPDATE id = entry.id",
      );
      expect(again).toMatchObject({ affectedRows: 1, records: 2 });
    });
  });

  describe('a transaction', () => {
    it('is undone by any failure, and a failure of the caller is not repeated', async () => {
      let runs = 0;
      const failure = new Error('mine');
      const attempt = database.transaction(async (tx) => {
        runs += 1;
        await insert(tx, 1);
        throw failure;
      });
      await expect(attempt).rejects.toBe(failure);
      expect(runs).toBe(1);
      expect(await count()).toBe(0);
    });

    it('is run again as a whole when it was chosen as the victim of a deadlock', async () => {
      await database.transaction(async (tx) => void (await insert(tx, 1), await insert(tx, 2)));
      const meet = createMeeting();
      const retried: unknown[] = [];
      const lockBoth = (first: number, second: number) => {
        let runs = 0;
        return database.transaction(
          async (tx) => {
            runs += 1;
            await tx.execute('UPDATE entry SET note = CONCAT(note, ?) WHERE id = ?', ['y', first]);
            if (runs === 1) await meet();
            await tx.execute('UPDATE entry SET note = CONCAT(note, ?) WHERE id = ?', ['y', second]);
          },
          { onRetry: ({ error }) => retried.push(error) },
        );
      };
      await Promise.all([lockBoth(1, 2), lockBoth(2, 1)]);
      expect(retried.length).toBeGreaterThan(0);
      expect(retried.every(isDeadlock)).toBe(true);
      expect(await database.query('SELECT note FROM entry')).toEqual([{ note: 'xyy' }, { note: 'xyy' }]);
    });

    it('is run again when a lock was not to be had in time, and not at all without a retry', async () => {
      await database.transaction((tx) => insert(tx, 1));
      const waitForRow = async (tx: Transaction) => {
        await tx.execute('SET SESSION innodb_lock_wait_timeout = 1');
        await tx.query('SELECT * FROM entry WHERE id = 1 FOR UPDATE');
      };
      const errnos: (number | undefined)[] = [];
      await database.transaction(async (holder) => {
        await holder.query('SELECT * FROM entry WHERE id = 1 FOR UPDATE');
        const refused = database.transaction(waitForRow, { retry: false });
        await expect(refused).rejects.toMatchObject({ code: 'CONFLICT', retriable: true });
        const patient = database.transaction(waitForRow, { onRetry: ({ error }) => errnos.push(mysqlErrno(error)) });
        const released = sleep(1500);
        await released;
        void patient.catch(() => {});
        waiting = patient;
      });
      await waiting;
      expect(errnos).toContain(1205);
    });
    let waiting: Promise<void> | undefined;

    it('cannot be continued after a conflict, also when the conflict was swallowed', async () => {
      await database.transaction((tx) => insert(tx, 1));
      await database.transaction(async (holder) => {
        await holder.query('SELECT * FROM entry WHERE id = 1 FOR UPDATE');
        const careless = database.transaction(
          async (tx) => {
            await insert(tx, 2);
            await tx.query('SELECT * FROM entry WHERE id = 1 FOR UPDATE NOWAIT').catch(() => {});
            await insert(tx, 3).catch(() => {});
          },
          { retry: false },
        );
        await expect(careless).rejects.toMatchObject({ code: 'CONFLICT' });
      });
      expect(await count()).toBe(1);
    });

    it('refuses statements after its end', async () => {
      let kept: Transaction | undefined;
      await database.transaction(async (tx) => {
        kept = tx;
      });
      await expect(insert(kept!, 1)).rejects.toThrow(/after it had ended/);
      expect(await count()).toBe(0);
    });

    it('reads one snapshot under REPEATABLE READ, and only that transaction does', async () => {
      const countTwice = async (tx: Transaction, id: number) => {
        const before = await tx.query<{ n: number }>('SELECT COUNT(*) AS n FROM entry');
        await database.transaction((other) => insert(other, id));
        const after = await tx.query<{ n: number }>('SELECT COUNT(*) AS n FROM entry');
        return after[0]!.n - before[0]!.n;
      };
      await withDatabase({ url: schema.url, poolSize: 1 }, async (single) => {
        const repeatable = single.transaction((tx) => countTwice(tx, 1), { isolation: 'REPEATABLE READ' });
        expect(await repeatable).toBe(0);
        expect(await single.transaction((tx) => countTwice(tx, 2))).toBe(1);
      });
    });
  });

  describe('when connections break', () => {
    it('runs a transaction again that was killed before its COMMIT', async () => {
      const codes: string[] = [];
      let runs = 0;
      await database.transaction(
        async (tx) => {
          runs += 1;
          await insert(tx, 1);
          if (runs === 1) await withConnection(server.url, (killer) => killer.query(`KILL ${tx.connectionId}`));
          await insert(tx, 2);
        },
        { onRetry: ({ error }) => codes.push(error.code) },
      );
      expect(codes).toEqual(['CONNECTION_LOST']);
      expect(await count()).toBe(2);
    });

    it('runs a transaction again whose connection was cut before its COMMIT', async () => {
      await withDatabase({ url: proxied }, async (through) => {
        let runs = 0;
        await through.transaction(async (tx) => {
          runs += 1;
          await insert(tx, 1);
          if (runs === 1) proxy.sever();
          await insert(tx, 2);
        });
        expect(runs).toBe(2);
      });
      expect(await count()).toBe(2);
    });

    it.each([
      { when: 'before' as const, rows: 0 },
      { when: 'after' as const, rows: 1 },
    ])(
      'calls a COMMIT unknown whose answer was lost $when the server had it, and does not repeat it',
      async ({ when, rows }) => {
        await withDatabase({ url: proxied }, async (through) => {
          let runs = 0;
          const lost = proxy.loseNextCommit(when);
          const attempt = through.transaction(async (tx) => {
            runs += 1;
            await insert(tx, 1);
          });
          await expect(attempt).rejects.toMatchObject({ code: 'COMMIT_UNKNOWN', retriable: false });
          await lost;
          expect(runs).toBe(1);
          await expect.poll(() => through.query('SELECT id FROM entry')).toHaveLength(rows);
          await through.transaction((tx) => insert(tx, 2));
        });
        expect(await count()).toBe(rows + 1);
      },
    );

    it('goes on by itself when the server was away for a while', async () => {
      await withDatabase({ url: proxied }, async (through) => {
        proxy.refuseNew(true);
        proxy.sever();
        const back = sleep(1000).then(() => proxy.refuseNew(false));
        const codes = new Set<string>();
        await through.transaction((tx) => insert(tx, 1), { onRetry: ({ error }) => codes.add(error.code) });
        await back;
        expect([...codes]).toEqual(['CONNECTION_LOST']);
        expect(await through.query('SELECT id FROM entry')).toEqual([{ id: 1 }]);
      });
    });

    it('fails a statement in flight at once when the handle is closed', async () => {
      const other = await connect({ url: schema.url });
      const asleep = other.session((session) => session.query('SELECT SLEEP(1)'));
      const refused = expect(asleep).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
      await sleep(100);
      const started = Date.now();
      await other.close();
      await refused;
      expect(Date.now() - started).toBeLessThan(500);
      await expect(other.query('SELECT 1')).rejects.toThrow(/was closed/);
      await sleep(1000);
    });
  });

  describe('the pool', () => {
    it('says what holds its connections when none came free in time', async () => {
      await withDatabase({ url: schema.url, poolSize: 2, acquireTimeoutMs: 200 }, async (small) => {
        const nested = small.transaction(async (tx) => {
          await tx.query('SELECT 42');
          return small.session(() => small.query('SELECT 1'));
        });
        await expect(nested).rejects.toMatchObject({
          code: 'POOL_TIMEOUT',
          message: expect.stringMatching(
            /2 of 2 are held: transaction for 0 s at SELECT 42; session for 0 s at nothing yet/,
          ) as string,
          hint: expect.stringContaining('poolSize') as string,
        });
        expect(await small.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      });
    });

    it('stops waiting for a connection when its signal fires', async () => {
      await withDatabase({ url: schema.url, poolSize: 1 }, async (single) => {
        const stop = new AbortController();
        await single.session(async () => {
          const waiting = single.transaction(async () => {}, { signal: stop.signal });
          stop.abort();
          await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
        });
      });
    });

    it('never opens more connections than its size', async () => {
      await withDatabase({ url: schema.url, poolSize: 3 }, async (small) => {
        const ids = await Promise.all(
          Array.from({ length: 30 }, () => small.transaction(async (tx) => tx.connectionId)),
        );
        expect(new Set(ids).size).toBeLessThanOrEqual(3);
      });
    });
  });

  describe('loading from a stream', () => {
    const LOAD = "LOAD DATA LOCAL INFILE 'rows' INTO TABLE entry (id, note)";

    it('reads the stream to its end and tells how many rows it held', async () => {
      const lines = Array.from({ length: 20_000 }, (_, i) => `${i + 1}\tn\n`);
      const result = await database.transaction((tx) => tx.loadLocal(LOAD, Readable.from(['', ...lines])));
      expect(result).toMatchObject({ affectedRows: 20_000, records: 20_000, warnings: 0 });
      expect(await count()).toBe(20_000);
    });

    it.each([
      ['breaks in the middle', () => Readable.from(brokenRows())],
      ['was broken before', () => new Readable({ read() {} }).destroy(new Error('the disk is gone'))],
      ['is closed in the middle', () => closedLater()],
    ])('fails and leaves nothing when the stream %s', async (_, open) => {
      await expect(database.transaction((tx) => tx.loadLocal(LOAD, open()))).rejects.toMatchObject({
        code: 'QUERY_FAILED',
      });
      expect(await count()).toBe(0);
      await database.transaction((tx) => insert(tx, 1));
    });

    it('closes the stream when the statement fails', async () => {
      const rows = new Readable({ read() {} });
      const load = database.transaction((tx) => tx.loadLocal(LOAD.replace('entry', 'no_such_table'), rows));
      await expect(load).rejects.toMatchObject({ code: 'MISSING_TABLE' });
      await expect.poll(() => rows.destroyed).toBe(true);
    });

    it('never lets the server read a file of this machine', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tablepick-'));
      try {
        const file = join(folder, 'secret');
        await writeFile(file, '1\tsecret\n');
        const pull = database.transaction((tx) => tx.execute(LOAD.replace('rows', file)));
        await expect(pull).rejects.toMatchObject({ code: 'QUERY_FAILED' });
        expect(await count()).toBe(0);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });

  describe('connecting', () => {
    const at = (change: (url: URL) => void) => {
      const url = new URL(schema.url);
      change(url);
      return url.href;
    };

    it.each([
      ['ACCESS_DENIED', at((url) => void (url.password = 'hunter2secret'))],
      ['UNKNOWN_DATABASE', at((url) => void ((url.password = ''), (url.pathname = '/no_such_schema')))],
      ['SERVER_UNREACHABLE', at((url) => void ((url.password = 'hunter2secret'), (url.port = '1')))],
      ['SERVER_UNREACHABLE', 'mysql://root:hunter2secret@no-such-host.invalid/db'],
      ['BAD_URL', 'mysql://root:hunter2secret@127.0.0.1:99999/db'],
    ])('fails with %s, not retriable, and never shows the password', async (code, url) => {
      const error: unknown = await connect({ url, connectTimeoutMs: 3000 }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code, retriable: false, hint: expect.any(String) as string });
      expect(inspectDeep(error)).not.toContain('hunter2');
    });

    it('prefers TLS and does without where there is none', async () => {
      await withDatabase({ url: schema.url, sslMode: 'PREFERRED' }, async (preferring) => {
        expect(await preferring.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      });
    });
  });

  async function* brokenRows(): AsyncGenerator<string> {
    for (let id = 1; id < 5000; id += 1) yield `${id}\tn\n`;
    throw new Error('no more rows');
  }

  function closedLater(): Readable {
    const rows = new Readable({ read() {} });
    rows.push('1\tn\n');
    setTimeout(() => rows.destroy(), 100);
    return rows;
  }
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
    await readFile(sslCa);
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
