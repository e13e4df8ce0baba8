import { randomBytes } from 'node:crypto';

import type { Database } from '../../database/index.js';
import type { Redis, RedisScript } from '../../redis/index.js';
import type { LocatedRequest, SlotPlace } from '../reservation.js';
import { readFullSlot } from './read-full-slot.js';
import { OPEN_GENERATION, REMOVE_FLAGS, SET_FLAG } from './sold-out-scripts.js';

/** A slot by restaurant, date and time. */
export type NamedSlot = Omit<SlotPlace, 'slotId'>;

/** The answer of a flag to a request. `other`: the slot is full, but the database must answer the request. */
export type FlagAnswer = 'none' | 'full' | 'other';

/**
 * Flags on Redis for full slots: `reservation:full:{restaurant}:{date}:{time}`, a hash. It has the slot's capacity and
 * the names of the requests that the database would answer with something else. A flag is valid for the database from
 * which it was read, and for its life.
 */
export class SoldOutFlags {
  readonly #database: Database;
  readonly #redis: Redis;
  readonly #ttlMs: number;
  readonly #databaseId: string;
  readonly #openGeneration: RedisScript;
  readonly #setFlag: RedisScript;
  readonly #removeFlags: RedisScript;

  constructor({ database, redis, ttlMs }: { database: Database; redis: Redis; ttlMs: number }) {
    this.#database = database;
    this.#redis = redis;
    this.#ttlMs = ttlMs;
    this.#databaseId = `${database.server.serverId}/${database.server.database}`;
    this.#openGeneration = redis.script(OPEN_GENERATION);
    this.#setFlag = redis.script(SET_FLAG);
    this.#removeFlags = redis.script(REMOVE_FLAGS);
  }

  /**
   * Looks up the flag of a request's slot.
   *
   * @throws What a command throws.
   */
  async look(slot: SlotPlace, { seats, memberId, idempotencyKey }: LocatedRequest): Promise<FlagAnswer> {
    const fields = ['source', 'capacity', `key ${idempotencyKey}`, `member ${memberId}`];
    const found = (await this.#redis.command(['HMGET', flagKey(slot), ...fields])) as (string | null)[];
    const [source, capacity, ownKey, ownMember] = found;
    if (source !== this.#sourceOf(slot)) return 'none';
    return ownKey === null && ownMember === null && seats <= Number(capacity) ? 'full' : 'other';
  }

  /**
   * Asks the database, and sets the flag when no seat is free, else removes it. Resolves with true when the flag is
   * set.
   *
   * @throws What a command or a statement throws.
   */
  async refresh(slot: SlotPlace): Promise<boolean> {
    const keys = [flagKey(slot), generationKey(slot)] as const;
    const generation = await this.#openGeneration.run([keys[1]], [newGeneration(), this.#generationLifeMs]);
    const full = await readFullSlot(this.#database, slot.slotId);
    if (full === undefined) {
      await this.remove([slot]);
      return false;
    }
    const names = [
      'source',
      this.#sourceOf(slot),
      'capacity',
      String(full.capacity),
      ...full.keys.flatMap((key) => [`key ${key}`, '']),
      ...full.memberIds.flatMap((memberId) => [`member ${memberId}`, '']),
    ];
    return (await this.#setFlag.run(keys, [String(generation), this.#ttlMs, ...names])) === 1;
  }

  /**
   * Removes the flags of slots that have seats again. When somebody asked the database before this, it also keeps them
   * from setting a flag.
   *
   * @throws What a command throws.
   */
  async remove(slots: readonly NamedSlot[]): Promise<void> {
    const keys = slots.flatMap((slot) => [flagKey(slot), generationKey(slot)]);
    await this.#removeFlags.run(keys, [newGeneration(), this.#generationLifeMs]);
  }

  /**
   * The source of a flag. Another database on the same Redis, or another slot that begins in the same minute, may have
   * a flag with the same key.
   */
  #sourceOf({ slotId }: SlotPlace): string {
    return `${this.#databaseId}/${slotId}`;
  }

  /** A generation outlives every flag that was set under it. */
  get #generationLifeMs(): number {
    return 2 * this.#ttlMs;
  }
}

/** The beginning of every flag's key. */
export const flagPrefix = 'reservation:full:';

function flagKey({ restaurantId, date, time }: NamedSlot): string {
  return `${flagPrefix}${restaurantId}:${date}:${time}`;
}

function generationKey({ restaurantId, date, time }: NamedSlot): string {
  return `reservation:generation:${restaurantId}:${date}:${time}`;
}

function newGeneration(): string {
  return randomBytes(9).toString('base64url');
}
