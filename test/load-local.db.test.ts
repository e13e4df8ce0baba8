import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import type { Database } from 'tablepick/database';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { insertEntry, openEntries, type Entries } from './support/entries.js';
import { testServers } from './support/servers.js';

describe.each(testServers())('loading from a stream on $name', (server) => {
  let entries: Entries;
  let database: Database;

  beforeAll(async () => {
    entries = await openEntries(server);
    database = entries.database;
  });
  beforeEach(() => entries.clear());
  afterAll(async () => {
    await entries?.close();
  });

  const LOAD = "LOAD DATA LOCAL INFILE 'rows' INTO TABLE entry (id, note)";

  it('reads the stream to its end and tells how many rows it held', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `${i + 1}\tn\n`);
    const result = await database.transaction((tx) => tx.loadLocal(LOAD, Readable.from(['', ...lines])));
    expect(result).toMatchObject({ affectedRows: 20_000, records: 20_000, warnings: 0 });
    expect(await entries.count()).toBe(20_000);
  });

  it.each([
    ['breaks in the middle', () => Readable.from(brokenRows())],
    ['was broken before', () => new Readable({ read() {} }).destroy(new Error('the disk is gone'))],
    ['is closed in the middle', () => closedLater()],
  ])('fails and leaves nothing when the stream %s', async (_, open) => {
    await expect(database.transaction((tx) => tx.loadLocal(LOAD, open()))).rejects.toMatchObject({
      code: 'QUERY_FAILED',
    });
    expect(await entries.count()).toBe(0);
    await database.transaction((tx) => insertEntry(tx, 1));
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
      expect(await entries.count()).toBe(0);
    } finally {
      await rm(folder, { recursive: true });
    }
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
