import { randomBytes } from 'node:crypto';

import { TablepickError } from '../../../errors.js';
import type { Redis, RedisScript } from '../../../redis/index.js';
import { EXTEND_LOCKS, RELEASE_LOCKS, TAKE_LOCK } from './slot-lock-scripts.js';

/** Thrown when the lock is lost. Work that was begun under it must not be committed. */
export class LockLost extends Error {}

/**
 * Tokens are kept longer than any clock is wrong. Afterwards the time alone is larger than every earlier token, and the
 * database keeps the last one for ever.
 */
const TOKEN_LIFE_MS = 3_600_000;

/** Locks on slots in one Redis. */
export class SlotLocker {
  readonly leaseMs: number;
  readonly #take: RedisScript;
  readonly #extend: RedisScript;
  readonly #release: RedisScript;

  constructor(redis: Redis, leaseMs: number) {
    this.leaseMs = leaseMs;
    this.#take = redis.script(TAKE_LOCK);
    this.#extend = redis.script(EXTEND_LOCKS);
    this.#release = redis.script(RELEASE_LOCKS);
  }

  /**
   * Takes the lock and resolves with its fencing token. Undefined when another owner has the lock.
   *
   * @throws `REDIS_UNAVAILABLE`: whether it was taken is unknown; the same owner may try again.
   */
  async take(slotId: number, owner: string, usedToken: number): Promise<number | undefined> {
    const keys = [lockKey(slotId), `reservation:fence:${slotId}`];
    const token = await this.#take.run(keys, [owner, this.leaseMs, usedToken, TOKEN_LIFE_MS]);
    return token === null ? undefined : Number(token);
  }

  /** Extends the locks. False when one of them is lost. */
  async extend(slotIds: readonly number[], owner: string): Promise<boolean> {
    return (await this.#extend.run(slotIds.map(lockKey), [owner, this.leaseMs])) === 1;
  }

  /** Gives up the locks. */
  async release(slotIds: readonly number[], owner: string): Promise<void> {
    await this.#release.run(slotIds.map(lockKey), [owner]);
  }
}

/** Locks of one request, extended at a third of their lease until they are released. */
export class HeldLocks {
  /** Fencing tokens by slot. */
  readonly tokens = new Map<number, number>();
  readonly #owner = randomBytes(12).toString('base64url');
  readonly #locker: SlotLocker;
  readonly #lost = new AbortController();
  readonly #asked: number[] = [];
  #heldUntil = Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(locker: SlotLocker) {
    this.#locker = locker;
  }

  /** Fires when a lock is lost: the server says so, or the lease ended without an extension. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Takes one more lock.
   *
   * @throws `CONFLICT`, retriable, when another owner has it; `REDIS_UNAVAILABLE`, retriable.
   */
  async take(slotId: number, usedToken: number): Promise<void> {
    this.assertHeld();
    const until = performance.now() + this.#locker.leaseMs;
    if (!this.#asked.includes(slotId)) this.#asked.push(slotId);
    const token = await this.#locker.take(slotId, this.#owner, usedToken);
    if (token === undefined) throw lockedByAnother(slotId);
    this.tokens.set(slotId, token);
    this.#heldUntil = Math.min(this.#heldUntil, until);
    this.#timer ??= setInterval(() => void this.#extend(), this.#locker.leaseMs / 3);
  }

  /**
   * @throws {@link LockLost} when a lock is lost, or its lease has ended by this process's clock, which also runs while
   * the process is stopped.
   */
  assertHeld(): void {
    if (performance.now() >= this.#heldUntil) this.#lose('its lease ended before it could be extended');
    this.signal.throwIfAborted();
  }

  /** Gives up all locks. When the server cannot be reached, the locks end with their lease. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#asked.length > 0) await this.#locker.release(this.#asked, this.#owner).catch(() => {});
  }

  async #extend(): Promise<void> {
    const until = performance.now() + this.#locker.leaseMs;
    try {
      const held = await this.#locker.extend([...this.tokens.keys()], this.#owner);
      if (!held) return this.#lose('the server has forgotten it or given it to another');
      this.#heldUntil = until;
    } catch (error) {
      // Until the lease ends, the lock is still there, and the next extension tries again.
      if (performance.now() >= this.#heldUntil) this.#lose(`it could not be extended: ${(error as Error).message}`);
    }
  }

  #lose(why: string): void {
    this.#lost.abort(new LockLost(`the lock of slots ${[...this.tokens.keys()].join(', ')} was lost: ${why}`));
  }
}

function lockKey(slotId: number): string {
  return `reservation:lock:${slotId}`;
}

function lockedByAnother(slotId: number): TablepickError {
  return new TablepickError('CONFLICT', `slot ${slotId} is locked by another request`, { retriable: true });
}
