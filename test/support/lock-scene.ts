import { setTimeout as sleep } from 'node:timers/promises';

import type { Connection } from 'mysql2/promise';
import { connect, migrate } from 'tablepick/database';
import type { Database } from 'tablepick/database';
import { type Deadlock, type LockWait, readLastDeadlock, readLockWaits } from 'tablepick/observe';

import { withConnection, withTestDatabase } from './servers.js';
import type { TestServer } from './servers.js';

/** A schema with the slots 11, 12 and 13, and reservation 5 of member 77 on slot 12. */
export interface LockScene {
  database: Database;
  url: string;
  /**
   * Lets one transaction hold locks and others wait, each by its statements. Runs `work` while the last of `waits`
   * waits or is about to wait.
   */
  whileWaiting<T>(statements: HeldAndWaiting, work: (connections: Waiting) => Promise<T>): Promise<T>;
  /** The waits, when there are `count`. */
  seeWaits(count?: number): Promise<LockWait[]>;
  /**
   * Lets two transactions deadlock: each runs its first statement, then its second. Resolves with the server's report.
   */
  deadlock(first: readonly [string, string], second: readonly [string, string]): Promise<Deadlock>;
}

/** The statements of the transactions. */
export interface HeldAndWaiting {
  holds: readonly string[];
  /** A statement that still runs after `holds`. */
  runs?: string;
  waits: readonly string[];
  /** How many transactions run `waits`. Default 1. */
  waiters?: number;
}

/** The connection ids of the holder and of those who wait. */
export interface Waiting {
  holder: number;
  waiters: number[];
}

const AGAIN_AFTER_MS = 150;
const WITHIN_MS = 30_000;

/** The slots of the scene. */
export const lockedSlots = {
  11: { slotId: 11, restaurantId: 1, date: '2026-12-01', time: '18:00' },
  12: { slotId: 12, restaurantId: 1, date: '2026-12-01', time: '19:30' },
  13: { slotId: 13, restaurantId: 2, date: '2026-12-24', time: '23:15' },
};

const SEED = [
  `INSERT INTO restaurant (id, name, max_capacity) VALUES (1, 'One', 40), (2, 'Two', 40)`,
  `INSERT INTO reservation_slot (id, restaurant_id, date, time, capacity) VALUES
   (11, 1, '2026-12-01', '18:00', 10), (12, 1, '2026-12-01', '19:30', 10), (13, 2, '2026-12-24', '23:15', 10)`,
  `INSERT INTO reservation (id, reservation_slot_id, restaurant_id, member_id, idempotency_key) VALUES (5, 12, 1, 77, 'k77')`,
];

/** An INSERT of a reservation. */
export function reserve(slotId: number, memberId: number, idempotencyKey?: string): string {
  const key = idempotencyKey === undefined ? 'NULL' : `'${idempotencyKey.replaceAll("'", "''")}'`;
  return `INSERT INTO reservation (reservation_slot_id, restaurant_id, member_id, idempotency_key) VALUES (${slotId}, 1, ${memberId}, ${key})`;
}

/** An UPDATE of a slot's count. */
export function countUp(slotId: number): string {
  return `UPDATE reservation_slot SET count = count + 1 WHERE id = ${slotId}`;
}

/** Runs `work` in such a scene and cleans up. */
export async function withLockScene(server: TestServer, work: (scene: LockScene) => Promise<void>): Promise<void> {
  await withTestDatabase(server, async ({ url }) => {
    const database = await connect({ url });
    try {
      await migrate(database);
      await database.session(async (session) => {
        for (const statement of SEED) await session.execute(statement);
      });
      await work({
        database,
        url,
        whileWaiting: (statements, work) => whileWaiting(url, statements, work),
        seeWaits: (count = 1) => seeWaits(database, count),
        deadlock: (first, second) => seeDeadlock(database, () => deadlock(url, [first, second])),
      });
    } finally {
      await database.close();
    }
  });
}

async function whileWaiting<T>(
  url: string,
  { holds, runs, waits, waiters = 1 }: HeldAndWaiting,
  work: (connections: Waiting) => Promise<T>,
): Promise<T> {
  return withConnections(url, 1 + waiters, async ([holder, ...others]) => {
    for (const connection of [holder!, ...others]) await begin(connection);
    await runAll(holder!, holds);
    const running = runs === undefined ? undefined : holder!.query(runs).catch(() => {});
    const waiting = others.map((waiter) => runAll(waiter, waits).catch(() => {}));
    try {
      return await work({ holder: holder!.threadId, waiters: others.map(({ threadId }) => threadId) });
    } finally {
      if (running) await withConnection(url, (other) => other.query(`KILL QUERY ${holder!.threadId}`));
      await holder!.query('ROLLBACK');
      await Promise.all(waiting.map((end, i) => end.then(() => others[i]!.query('ROLLBACK'))));
    }
  });
}

async function withConnections<T>(
  url: string,
  count: number,
  work: (connections: Connection[]) => Promise<T>,
): Promise<T> {
  if (count === 0) return work([]);
  return withConnection(url, (first) => withConnections(url, count - 1, (others) => work([first, ...others])));
}

async function begin(connection: Connection): Promise<void> {
  await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
  await connection.query('BEGIN');
}

async function runAll(connection: Connection, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await connection.query(statement);
}

async function seeWaits(database: Database, count: number): Promise<LockWait[]> {
  for (const deadline = Date.now() + WITHIN_MS; ;) {
    const waits = await readLockWaits(database);
    if (waits.length >= count) return waits;
    if (Date.now() > deadline) throw new Error(`${waits.length} wait for a lock, not ${count}`);
    await sleep(AGAIN_AFTER_MS);
  }
}

/** A server knows only its last deadlock. When others use the server, too, it may be theirs. */
async function seeDeadlock(database: Database, provoke: () => Promise<number[]>): Promise<Deadlock> {
  for (const deadline = Date.now() + WITHIN_MS; Date.now() < deadline;) {
    const connections = await provoke();
    const last = await readLastDeadlock(database);
    if (last?.transactions.every(({ connectionId }) => connections.includes(connectionId))) return last;
  }
  throw new Error('the server does not tell of the deadlock');
}

async function deadlock(url: string, statements: readonly (readonly [string, string])[]): Promise<number[]> {
  return withConnections(url, statements.length, async (connections) => {
    for (const connection of connections) await begin(connection);
    for (const [i, connection] of connections.entries()) await connection.query(statements[i]![0]);
    // The last wait closes the circle. One of the transactions is rolled back.
    const ends = connections.map((connection, i) =>
      connection.query(statements[i]![1]).finally(() => connection.query('ROLLBACK')),
    );
    const lost = (await Promise.allSettled(ends)).filter(({ status }) => status === 'rejected');
    if (lost.length !== 1) throw new Error(`${lost.length} transactions were rolled back`);
    return connections.map(({ threadId }) => threadId);
  });
}
