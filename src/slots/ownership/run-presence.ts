import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

import type { Database, Session } from '../../database/database.js';
import { repeatableTransaction } from '../checkpoints/index.js';
import { type ServerSession, endSessions, parseSessions, readOwnSession } from './server-session.js';

/** Settings of {@link RunPresence}. */
export interface PresenceOptions {
  database: Database;
  runId: number;
  /** The run's epoch. Its workers write with it. */
  epoch: number;
  role: 'worker' | 'follower';
  leaseMs: number;
}

/** A process that works on a distributed run or follows it. */
export interface RunAttendant {
  role: 'worker' | 'follower';
  /** `host:pid` */
  name: string;
}

const LEASE = 'UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND';
const SEE = `
  INSERT INTO slot_run_worker (run_id, worker, role, name, sessions, lease_until) VALUES (?, ?, ?, ?, ?, ${LEASE})
  ON DUPLICATE KEY UPDATE sessions = VALUES(sessions), lease_until = VALUES(lease_until)`;
const FORGET = `DELETE FROM slot_run_worker WHERE run_id = ? AND worker = ?`;
const READ_PRESENT = `
  SELECT role, name FROM slot_run_worker WHERE run_id = ? AND lease_until > UTC_TIMESTAMP(6) ORDER BY role, name`;
const READ_LOST = `
  SELECT worker, sessions FROM slot_run_worker WHERE run_id = ? AND lease_until <= UTC_TIMESTAMP(6)`;

/**
 * Records that this process works on a distributed run or follows it. The record lasts one lease longer than the work.
 * It shows that the run is active. It gives no right to write: the epoch gives that right. It also names the
 * connections of this process. When the process stops answering, others end those connections, because a frozen worker
 * would otherwise hold its chunk for ever.
 */
export class RunPresence {
  readonly epoch: number;
  readonly #options: PresenceOptions;
  readonly #id = randomUUID();
  /** By the id that the driver knows. */
  readonly #connections = new Map<number, ServerSession>();
  readonly #timer: NodeJS.Timeout;
  #busy = 0;
  #seenMs = -Infinity;
  #renewing: Promise<void> = Promise.resolve();

  constructor(options: PresenceOptions) {
    this.epoch = options.epoch;
    this.#options = options;
    this.#timer = setInterval(() => void (this.#busy > 0 && this.#renew()), options.leaseMs / 3).unref();
  }

  /** Starts the renewals. They end with {@link leave}. */
  async enter(): Promise<void> {
    this.#busy += 1;
    if (performance.now() - this.#seenMs > this.#options.leaseMs / 3) await this.#renew();
  }

  /** Ends one {@link enter}. */
  leave(): void {
    this.#busy -= 1;
  }

  /** Records a connection before it writes for the run. A known connection costs nothing. */
  async register(session: Session): Promise<void> {
    if (this.#connections.has(session.connectionId)) return;
    const { flavour } = this.#options.database.server;
    this.#connections.set(session.connectionId, await readOwnSession(session, flavour));
    await this.#renew();
  }

  /** Removes the record of this process. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    const { database, runId } = this.#options;
    await repeatableTransaction(database, (tx) => tx.execute(FORGET, [runId, this.#id])).catch(() => undefined);
  }

  #renew(): Promise<void> {
    this.#renewing = this.#renewing
      .then(() => this.#renewNow())
      .catch(() => {
        // The next renewal tries again. If another process takes the run meanwhile, the epoch changes.
      });
    return this.#renewing;
  }

  async #renewNow(): Promise<void> {
    const { database, runId, role, leaseMs } = this.#options;
    const name = `${hostname()}:${process.pid}`;
    const values = [runId, this.#id, role, name, JSON.stringify([...this.#connections.values()]), leaseMs * 1000];
    await database.transaction((tx) => tx.execute(SEE, values));
    this.#seenMs = performance.now();
    await endLostWorkers(database, runId);
  }
}

/** The processes that work on a distributed run or follow it now. */
export async function readAttendants(database: Database, runId: number): Promise<RunAttendant[]> {
  return database.query<RunAttendant>(READ_PRESENT, [runId]);
}

interface LostWorker {
  worker: string;
  sessions: string;
}

/** Ends the connections of workers after their lease has passed, so that their locks do not block the next worker. */
export async function endLostWorkers(database: Database, runId: number): Promise<void> {
  const lost = await database.query<LostWorker>(READ_LOST, [runId]);
  if (lost.length === 0) return;
  const sessions = lost.flatMap((row) => parseSessions(row.sessions));
  if (sessions.length > 0) await database.session((session) => endSessions(session, sessions, database));
  await repeatableTransaction(database, async (tx) => {
    for (const { worker } of lost) await tx.execute(FORGET, [runId, worker]);
  });
}
