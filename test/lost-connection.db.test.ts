import { setTimeout as sleep } from 'node:timers/promises';

import { connect, migrate, type Database } from 'tablepick/database';
import { startFaultProxy, type FaultProxy } from 'tablepick/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { insertEntry, openEntries, withDatabase, type Entries } from './support/entries.js';
import { testServers, withConnection } from './support/servers.js';

describe.each(testServers())('when connections to $name break', (server) => {
  let proxy: FaultProxy;
  let proxied: string;
  let entries: Entries;
  let database: Database;

  beforeAll(async () => {
    entries = await openEntries(server);
    database = entries.database;
    const address = new URL(entries.schema.url);
    proxy = await startFaultProxy({ target: { host: address.hostname, port: Number(address.port) } });
    address.host = `127.0.0.1:${proxy.port}`;
    proxied = address.href;
  });
  beforeEach(() => entries.clear());
  afterAll(async () => {
    await proxy?.close();
    await entries?.close();
  });

  it('runs a transaction again that was killed before its COMMIT', async () => {
    const codes: string[] = [];
    let runs = 0;
    await database.transaction(
      async (tx) => {
        runs += 1;
        await insertEntry(tx, 1);
        if (runs === 1) await withConnection(server.url, (killer) => killer.query(`KILL ${tx.connectionId}`));
        await insertEntry(tx, 2);
      },
      { onRetry: ({ error }) => codes.push(error.code) },
    );
    expect(codes).toEqual(['CONNECTION_LOST']);
    expect(await entries.count()).toBe(2);
  });

  it('refuses in words what needs a named lock of a server that forbids it', async () => {
    await withDatabase({ url: proxied }, async (through) => {
      const forbidden = proxy.failNext(1105, /GET_LOCK/);
      await expect(migrate(through)).rejects.toMatchObject({
        code: 'NAMED_LOCKS_OFF',
        retriable: false,
        hint: expect.stringMatching(/pxc_strict_mode = MASTER/),
      });
      await forbidden;
    });
  });

  it('runs a transaction again whose connection was cut before its COMMIT', async () => {
    await withDatabase({ url: proxied }, async (through) => {
      let runs = 0;
      await through.transaction(async (tx) => {
        runs += 1;
        await insertEntry(tx, 1);
        if (runs === 1) proxy.sever();
        await insertEntry(tx, 2);
      });
      expect(runs).toBe(2);
    });
    expect(await entries.count()).toBe(2);
  });

  it.each([
    { when: 'before' as const, rows: 0 },
    { when: 'after' as const, rows: 1 },
    { when: 'silent' as const, rows: 1 },
  ])('calls a COMMIT unknown whose answer was lost ($when), and does not repeat it', async ({ when, rows }) => {
    await withDatabase({ url: proxied, statementTimeoutMs: 500 }, async (through) => {
      let runs = 0;
      const lost = proxy.loseNextCommit(when);
      const attempt = through.transaction(async (tx) => {
        runs += 1;
        await insertEntry(tx, 1);
      });
      await expect(attempt).rejects.toMatchObject({ code: 'COMMIT_UNKNOWN', retriable: false });
      await lost;
      expect(runs).toBe(1);
      await expect.poll(() => through.query('SELECT id FROM entry')).toHaveLength(rows);
      await through.transaction((tx) => insertEntry(tx, 2));
    });
    expect(await entries.count()).toBe(rows + 1);
  });

  it('gives up a statement that is not answered in time, and its connection, and names it', async () => {
    await withDatabase({ url: proxied, statementTimeoutMs: 1000 }, async (through) => {
      const slow = through.transaction((tx) => tx.query('SELECT SLEEP(5)'), { retry: false });
      await expect(slow).rejects.toMatchObject({
        code: 'CONNECTION_LOST',
        retriable: true,
        message: expect.stringContaining('no answer within 1000 ms to SELECT SLEEP(5)') as string,
      });
      await through.transaction((tx) => insertEntry(tx, 1));
    });
    expect(await entries.count()).toBe(1);
  });

  it('does not give up a statement whose answer came while the process was at a standstill', async () => {
    await withDatabase({ url: entries.schema.url, statementTimeoutMs: 300 }, async (impatient) => {
      const answer = impatient.transaction((tx) => tx.query('SELECT SLEEP(0.1)'), { retry: false });
      await sleep(50);
      standStill(600);
      await expect(answer).resolves.toHaveLength(1);
    });
  });

  it('goes on by itself when the server was away for a while', async () => {
    await withDatabase({ url: proxied }, async (through) => {
      proxy.refuseNew(true);
      proxy.sever();
      const back = sleep(1000).then(() => proxy.refuseNew(false));
      const codes = new Set<string>();
      await through.transaction((tx) => insertEntry(tx, 1), { onRetry: ({ error }) => codes.add(error.code) });
      await back;
      expect([...codes]).toEqual(['CONNECTION_LOST']);
      expect(await through.query('SELECT id FROM entry')).toEqual([{ id: 1 }]);
    });
  });

  it('fails a statement in flight at once when the handle is closed', async () => {
    const other = await connect({ url: entries.schema.url });
    const asleep = other.session((session) => session.query('SELECT SLEEP(4)'));
    const refused = expect(asleep).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await sleep(100);
    const started = Date.now();
    await other.close();
    await refused;
    expect(Date.now() - started).toBeLessThan(3000);
    await expect(other.query('SELECT 1')).rejects.toThrow(/was closed/);
    await sleep(4000);
  });
});

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
