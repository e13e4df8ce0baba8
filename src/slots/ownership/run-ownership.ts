import { hostname } from 'node:os';

import type { Database, Session, SqlValue } from '../../database/database.js';
import { readAsWriter } from '../../database/read-as-writer.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import type { RunState } from '../generation.js';
import { repeatableTransaction } from '../checkpoints/index.js';
import { type ServerSession, readOwnSession } from './server-session.js';
import { takeSessionLock } from './session-lock.js';
import type { SessionLock } from './session-lock.js';

const TAKE = `
  UPDATE slot_run SET epoch = epoch + 1, state = ?, owner = ?, owner_sessions = ?,
    lease_until = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND, distributed = FALSE, halted = NULL
  WHERE id = ? AND state IN ('running', 'rolling-back', 'finished', 'abandoned')`;
const READ_EPOCH = `SELECT epoch FROM slot_run WHERE id = ?`;
const RENEW = `
  UPDATE slot_run SET owner_sessions = ?, lease_until = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND
  WHERE id = ? AND epoch = ? AND state IN ('running', 'rolling-back')`;
const CLOSE = `
  UPDATE slot_run SET state = ?, lease_until = NULL, owner_sessions = NULL,
    finished_at = IF(? IN ('running', 'rolling-back'), NULL, UTC_TIMESTAMP(6))
  WHERE id = ? AND epoch = ? AND state IN ('running', 'rolling-back')`;
// The epoch stays: workers write with it until somebody takes the run.
const HAND_OVER = `
  UPDATE slot_run SET distributed = TRUE, lease_until = NULL, owner_sessions = NULL
  WHERE id = ? AND epoch = ? AND state = 'running'`;

/** Default lease, in milliseconds: a silent owner keeps its run for this time. */
export const defaultLeaseMs = 15_000;

const secondsToRelock = 5;

/** Settings of {@link RunOwnership}. */
export interface OwnershipOptions {
  database: Database;
  runId: number;
  lockName: string;
  leaseMs: number;
}

/** The result of taking a run. */
interface Taken {
  lock: SessionLock;
  epoch: number;
  /** The lock's connection. */
  own: ServerSession;
}

/**
 * The right to write for a run. It has three parts: a lock of a session, a lease that a stopped owner loses, and an
 * epoch that fences every checkpoint. When another owner has taken over, `lost` fires, and the database refuses every
 * further checkpoint of this owner.
 */
export class RunOwnership {
  readonly epoch: number;
  readonly #options: OwnershipOptions;
  readonly #lost = new AbortController();
  /** The key is the driver's connection id. */
  readonly #connections: Map<number, ServerSession>;
  /** Undefined after the lock was lost, until it is taken again. */
  #lock: SessionLock | undefined;
  #renewing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout;

  private constructor(options: OwnershipOptions, { lock, epoch, own }: Taken) {
    this.#options = options;
    this.#lock = lock;
    this.epoch = epoch;
    this.#connections = new Map([[lock.session.connectionId, own]]);
    this.#timer = setInterval(() => void this.#renew(), options.leaseMs / 3);
    this.#timer.unref();
  }

  /**
   * Makes this process the owner of the run and fences off the owner before. The caller holds the run's session lock.
   */
  static async take(options: OwnershipOptions, lock: SessionLock, state: RunState): Promise<RunOwnership> {
    const { session } = lock;
    const owner = `${hostname()}:${process.pid}`;
    const leaseMicros = options.leaseMs * 1000;
    const own = await readOwnSession(session, options.database.server.flavour);
    await session.execute(TAKE, [state, owner, JSON.stringify([own]), leaseMicros, options.runId]);
    const rows = await session.query<{ epoch: number }>(READ_EPOCH, [options.runId]);
    return new RunOwnership(options, { lock, epoch: Number(rows[0]?.epoch), own });
  }

  /** Fires when another process owns the run, or when a renewal fails with an error that is not retriable. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Records a connection before it writes for the run, so that the next owner can end it. A known connection costs
   * nothing.
   */
  async register(session: Session): Promise<void> {
    if (this.#connections.has(session.connectionId)) return;
    const { flavour } = this.#options.database.server;
    this.#connections.set(session.connectionId, await readOwnSession(session, flavour));
    await this.#renew();
  }

  /** Writes the run's last state and releases lock and lease. */
  async close(state: RunState): Promise<void> {
    await this.#letGo(CLOSE, [state, state, this.#options.runId, this.epoch]);
  }

  /**
   * Hands the run over to workers and releases lock and lease. The workers write with this epoch.
   *
   * @throws `RUN_TAKEN_OVER`
   */
  async handOver(): Promise<void> {
    await this.#letGo(HAND_OVER, [this.#options.runId, this.epoch]);
    this.lost.throwIfAborted();
  }

  async #letGo(sql: string, values: SqlValue[]): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    try {
      if (!this.lost.aborted) await this.#writeLast(sql, values);
    } finally {
      await this.#lock?.release();
    }
  }

  async #writeLast(sql: string, values: SqlValue[]): Promise<void> {
    const result = await repeatableTransaction(this.#options.database, (tx) => tx.execute(sql, values));
    if (result.affectedRows === 0) this.#loseIfTakenOver(await this.#readEpoch());
  }

  /** One renewal at a time, because renewals share the lock's session. */
  #renew(): Promise<void> {
    this.#renewing = this.#renewing.then(() => this.#renewNow()).catch((error: unknown) => this.#recover(error));
    return this.#renewing;
  }

  async #renewNow(): Promise<void> {
    if (this.lost.aborted) return;
    if (this.#lock === undefined) await this.#relock();
    else await this.#renewOn(this.#lock.session);
  }

  async #renewOn(session: Session): Promise<void> {
    const { leaseMs, runId } = this.#options;
    const connections = JSON.stringify([...this.#connections.values()]);
    const result = await session.execute(RENEW, [connections, leaseMs * 1000, runId, this.epoch]);
    if (result.affectedRows === 0) this.#loseIfTakenOver(await this.#readEpoch());
  }

  async #readEpoch(): Promise<number> {
    const { database, runId } = this.#options;
    const rows = await readAsWriter(database, (tx) => tx.query<{ epoch: number }>(READ_EPOCH, [runId]));
    return Number(rows[0]?.epoch);
  }

  #loseIfTakenOver(epoch: number): void {
    if (epoch !== this.epoch) this.#lost.abort(takenOver(this.#options.runId));
  }

  /**
   * Called when the lock's connection broke, for instance in a restart of the server. Takes the lock again, unless
   * another owner has it.
   */
  async #recover(cause: unknown): Promise<void> {
    if (!isTablepickError(cause) || !cause.retriable) {
      this.#lost.abort(cause);
      return;
    }
    try {
      await this.#relock();
    } catch {
      // The next renewal tries again. Until then the epoch guards every write.
    }
  }

  async #relock(): Promise<void> {
    const { database, lockName } = this.#options;
    await this.#lock?.release();
    this.#lock = undefined;
    const lock = await takeSessionLock(database, lockName, secondsToRelock);
    if (lock === undefined) return this.#loseIfTakenOver(await this.#readEpoch());
    this.#lock = lock;
    const own = await readOwnSession(lock.session, database.server.flavour);
    this.#connections.clear();
    this.#connections.set(lock.session.connectionId, own);
    await this.#renewOn(lock.session);
  }
}

/** The error of an owner after a takeover. */
export function takenOver(runId: number): TablepickError {
  return new TablepickError(
    'RUN_TAKEN_OVER',
    `run ${runId} was taken over by another process; this one has stopped writing`,
    {
      hint: `tablepick runs show ${runId}`,
    },
  );
}
