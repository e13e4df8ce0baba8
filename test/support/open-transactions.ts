import { setTimeout as sleep } from 'node:timers/promises';

import type { RowDataPacket } from 'mysql2/promise';

import { withConnection } from './servers.js';

interface Session extends RowDataPacket {
  id: number;
}

const OPEN = `
  SELECT p.id AS id FROM information_schema.innodb_trx t
  JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
  WHERE p.db = DATABASE() AND p.id <> CONNECTION_ID()`;
const WRITERS = `${OPEN} AND t.trx_rows_modified > 0`;
const WAITING = `${OPEN} AND t.trx_state = 'LOCK WAIT'`;
const BLOCKED = `${WAITING} AND t.trx_rows_modified > 0`;

/** InnoDB shows transactions as of up to 100 ms ago. When it is asked more often, it shows the same for ever. */
const REFRESHED_AFTER_MS = 150;
const WITHIN_MS = 30_000;

/** Ids of the connections to `url`'s schema that are in a transaction which has written. */
export async function findWriters(url: string): Promise<number[]> {
  await sleep(REFRESHED_AFTER_MS);
  return readIds(url, WRITERS);
}

/** Waits until a transaction that has written waits for a lock. */
export async function waitUntilBlocked(url: string): Promise<void> {
  await waitUntilAny(url, BLOCKED);
}

/** Waits until any transaction waits for a lock. */
export async function waitUntilWaiting(url: string): Promise<void> {
  await waitUntilAny(url, WAITING);
}

async function waitUntilAny(url: string, statement: string): Promise<void> {
  for (const deadline = Date.now() + WITHIN_MS; (await readIds(url, statement)).length === 0;) {
    if (Date.now() > deadline) throw new Error('no transaction waits for a lock');
    await sleep(REFRESHED_AFTER_MS);
  }
}

async function readIds(url: string, statement: string): Promise<number[]> {
  return withConnection(url, async (connection) => {
    const [rows] = await connection.query<Session[]>(statement);
    return rows.map(({ id }) => id);
  });
}
