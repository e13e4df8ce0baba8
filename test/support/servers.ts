import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import mysql from 'mysql2/promise';
import { type KafkaAccess, parseKafkaUrl } from 'tablepick/messaging';
import { inject } from 'vitest';

import { type ServerName, askForServer } from './ask-for-server.js';

/** A real server the tests run against. */
export interface TestServer {
  name: 'mysql' | 'mariadb';
  /** Without a database: `mysql://root@127.0.0.1:3306`. */
  url: string;
}

/** A schema of its own for a test file. */
export interface TestDatabase {
  name: string;
  /** The server's URL with this schema. */
  url: string;
  /**
   * Drops the schema. Fails when a connection to it is still open two seconds later: the one who opens it must close
   * it.
   */
  drop(): Promise<void>;
}

const GRACE_MS = 2000;

/** With these settings, a test sees everything in the database, whatever it set the server to. */
const AS_USUAL = `SET SESSION sql_select_limit = 18446744073709551615, SESSION max_join_size = 18446744073709551615,
  SESSION sql_big_selects = 1, SESSION sql_safe_updates = 0, SESSION autocommit = 1, SESSION completion_type = 0, SESSION wait_timeout = 600
  /*!80000 , SESSION transaction_read_only = 0 */ /*M!100600 , SESSION tx_read_only = 0, SESSION max_statement_time = 0 */`;

/** One MySQL and one MariaDB; a run without both does not start. */
export function testServers(): TestServer[] {
  return (['mysql', 'mariadb'] as const).map((name) => ({ name, url: urlOf(name) }));
}

/** The URL of a Redis that all tests share: use keys of your own. */
export function testRedis(): string {
  return urlOf('redis');
}

/** The URL of a Kafka that all tests share: use topics and groups of your own. */
export function testKafkaUrl(): string {
  return urlOf('kafka');
}

/** The same Kafka in the form for its clients. */
export function testKafka(): KafkaAccess {
  return parseKafkaUrl(testKafkaUrl());
}

/** The server of that engine. */
export function testServer(name: TestServer['name']): TestServer {
  return { name, url: urlOf(name) };
}

/** Creates an empty schema named `<prefix><random>`. */
export async function createTestDatabase(server: TestServer, options: { prefix?: string } = {}): Promise<TestDatabase> {
  const name = `${options.prefix ?? 'tp_test_'}${randomBytes(6).toString('hex')}`;
  await withConnection(server.url, (connection) => connection.query(`CREATE DATABASE \`${name}\``));
  const address = new URL(server.url);
  address.pathname = `/${name}`;
  return { name, url: address.href, drop: () => dropTestDatabase(server, name) };
}

/** Runs `work` on a fresh schema and drops it afterwards, also when `work` fails. */
export async function withTestDatabase<T>(
  server: TestServer,
  work: (database: TestDatabase) => Promise<T>,
): Promise<T> {
  const database = await createTestDatabase(server);
  let result: T;
  try {
    result = await work(database);
  } catch (error) {
    // The first failure must be shown. Connections left open by it are only its consequence.
    await database.drop().catch(() => {});
    throw error;
  }
  await database.drop();
  return result;
}

/** Opens a bare connection to `url`, for the things that a test must see or do without the package. */
export async function withConnection<T>(url: string, work: (connection: mysql.Connection) => Promise<T>): Promise<T> {
  const connection = await mysql.createConnection({ uri: url, dateStrings: true, charset: 'utf8mb4_bin' });
  try {
    await connection.query(AS_USUAL);
    return await work(connection);
  } finally {
    await connection.end();
  }
}

function urlOf(name: ServerName): string {
  askForServer(name);
  return inject('serverUrls')[name];
}

async function dropTestDatabase(server: TestServer, name: string): Promise<void> {
  await withConnection(server.url, async (connection) => {
    const left = await connectionsLeft(connection, name);
    // A connection that is still inside a transaction would block DROP DATABASE for ever.
    for (const { Id } of left) await connection.query(`KILL ${Number(Id)}`).catch(() => {});
    await connection.query(`DROP DATABASE \`${name}\``);
    if (left.length > 0) throw new Error(`${left.length} connections to ${name} left open: ${describe(left)}`);
  });
}

interface ProcessRow extends mysql.RowDataPacket {
  Id: number;
  db: string | null;
  Command: string;
  Time: number;
  Info: string | null;
}

async function connectionsLeft(connection: mysql.Connection, name: string): Promise<ProcessRow[]> {
  const deadline = Date.now() + GRACE_MS;
  for (;;) {
    const [rows] = await connection.query<ProcessRow[]>('SHOW FULL PROCESSLIST');
    const left = rows.filter((row) => row.db === name);
    if (left.length === 0 || Date.now() > deadline) return left;
    await sleep(50);
  }
}

function describe(rows: ProcessRow[]): string {
  return rows.map((row) => `#${row.Id} ${row.Command} ${row.Time} s ${row.Info ?? ''}`.trim()).join('; ');
}
