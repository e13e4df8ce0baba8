import { setTimeout as sleep } from 'node:timers/promises';

import type { RowDataPacket } from 'mysql2/promise';

import { openDoor } from './open-door.js';
import { type PrivateServer, startPrivateServer } from './private-server.js';
import { type ReplicationWords, REPLICATOR, replicationWords } from './replication-words.js';
import { type TestServer, withConnection } from './servers.js';

/**
 * A writer and its replica behind one address. They fail over as a managed database does: the old writer turns
 * read-only and keeps its connections.
 */
export interface FailOverPair {
  /** Leads new connections to the present writer, as a user who is stopped by `read_only`. Without a schema. */
  url: string;
  /** The writer's own address, for an administrator. Without a schema. */
  writerUrl(): string;
  /** The replica's own address, for the same user as `url`. Without a schema. */
  replicaUrl(): string;
  /**
   * When the replica has everything that was committed, makes it the writer, and the old writer its replica. New
   * connections still lead to the old writer for `lateMs`, as they do until a name is resolved again.
   */
  switchOver(lateMs?: number): Promise<void>;
  /** Statements that make the writer read-only and let it write again, for an administrator. */
  words: Pick<ReplicationWords, 'turnReadOnly' | 'turnWritable'>;
  /** Stops both and deletes their data. */
  remove(): Promise<void>;
}

const USER = 'guest';

/**
 * Starts two servers with data of their own. Everything that is written to the first one is on the second one a moment
 * later.
 */
export async function startFailOverPair(engine: TestServer['name']): Promise<FailOverPair> {
  const words = replicationWords[engine];
  const started = await Promise.allSettled([startReplicable(engine, 1), startReplicable(engine, 2)]);
  const servers = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const removeAll = async () => void (await Promise.all(servers.map((server) => server.remove())));
  const [first, second] = servers;
  if (first === undefined || second === undefined) {
    await removeAll();
    throw new Error(started.map((each) => (each.status === 'rejected' ? String(each.reason) : '')).join(' '));
  }
  await follow(second, first);
  let [writer, other] = [first, second];
  const door = await openDoor(() => Number(new URL(writer.url).port));
  const promote = async (lateMs = 0) => {
    const promoted = other;
    await hand(writer, promoted);
    await sleep(lateMs);
    [writer, other] = [promoted, writer];
    await follow(other, writer);
  };
  return {
    url: `mysql://${USER}:${USER}@127.0.0.1:${door.port}`,
    writerUrl: () => writer.url,
    replicaUrl: () => `mysql://${USER}:${USER}@127.0.0.1:${new URL(other.url).port}`,
    switchOver: promote,
    words,
    remove: async () => {
      await door.close();
      await removeAll();
    },
  };
}

/** The accounts are made on each server separately, and they are not replicated. */
async function startReplicable(engine: TestServer['name'], id: number): Promise<PrivateServer> {
  const { serverOptions, forgetLog } = replicationWords[engine];
  const server = await startPrivateServer(engine, { serverOptions: serverOptions(id) });
  await run(server.url, [
    `CREATE USER IF NOT EXISTS ${USER}@'%' IDENTIFIED BY '${USER}'`,
    `GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES ON *.* TO ${USER}@'%'`,
    `CREATE USER IF NOT EXISTS ${REPLICATOR}@'%' IDENTIFIED BY '${REPLICATOR}'`,
    `GRANT REPLICATION SLAVE ON *.* TO ${REPLICATOR}@'%'`,
    forgetLog,
  ]);
  return server;
}

/** The old writer commits nothing any more. The new writer has everything that was committed before it takes writes. */
async function hand(from: PrivateServer, to: PrivateServer): Promise<void> {
  const words = replicationWords[from.name];
  await turnReadOnly(from);
  const committed = await withConnection(from.url, async (connection) => {
    const [[row]] = await connection.query<RowDataPacket[]>(words.readCommitted);
    return String(row!.committed);
  });
  await run(to.url, [words.waitFor(committed), ...words.forgetSource, ...words.turnWritable]);
}

/** Tries before connections that wait for rows are ended. */
const PATIENT_TRIES = 5;

/**
 * A statement that waits for a row keeps the server from turning read-only. Meanwhile, the owner of the row has to
 * wait, too. So the attempt is given up soon and made again. At last, the waiting connections are ended, as tools that
 * switch over do.
 */
async function turnReadOnly({ name, url }: PrivateServer): Promise<void> {
  const { turnReadOnly: statement, findWaiting } = replicationWords[name];
  const tryOnce = () => run(url, ['SET SESSION lock_wait_timeout = 1', statement]);
  for (let tries = 0; tries < 60; tries += 1) {
    const endOthers = tries < PATIENT_TRIES ? undefined : endWaiting(url, findWaiting);
    const [{ status }] = await Promise.allSettled([tryOnce(), endOthers]);
    if (status === 'fulfilled') return;
    await sleep(100);
  }
  throw new Error('the writer did not turn read-only within a minute');
}

/** Ends the connections that wait for a row, a moment later. */
async function endWaiting(url: string, findWaiting: string): Promise<void> {
  await sleep(300);
  await withConnection(url, async (connection) => {
    const [waiting] = await connection.query<RowDataPacket[]>(findWaiting);
    for (const { id } of waiting) await connection.query('KILL CONNECTION ?', [id]).catch(() => {});
  });
}

async function follow(replica: PrivateServer, source: PrivateServer): Promise<void> {
  const words = replicationWords[replica.name];
  await run(replica.url, [...words.follow(new URL(source.url).port), 'START REPLICA', words.turnReadOnly]);
}

async function run(url: string, statements: readonly string[]): Promise<void> {
  await withConnection(url, async (connection) => {
    for (const sql of statements) await connection.query(sql);
  });
}
