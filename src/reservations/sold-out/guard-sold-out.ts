import type { OpenStrategy } from '../locks/lock-strategy.js';
import type { LocatedRequest, ReservationOutcome, SlotPlace } from '../reservation.js';
import type { FlagAnswer, SoldOutFlags } from './sold-out-flags.js';

/** Settings of the sold-out flag of `createReservations`. */
export interface SoldOutFlagOptions {
  /** How long a flag lives without a check, in milliseconds, 1 or more. Default: an hour. */
  ttlMs?: number | undefined;
  /**
   * Each process lets one request for a flagged slot through to the database in this time, in milliseconds, 1 or more.
   * Default: 10 seconds.
   */
  recheckMs?: number | undefined;
  /**
   * Called when the flag could not be used: Redis did not answer, or the database could not be read for it. Nothing
   * else depends on it.
   */
  onFailure?: ((error: Error) => void) | undefined;
}

/**
 * After a failure, Redis is not asked for this time, so that a missing or slow server does not cost each request its
 * deadline.
 */
const REST_MS = 1000;
/**
 * When a slot refuses requests but is not full, or has too many reservations, it is looked at no more often than this.
 */
const LOOK_AGAIN_MS = 1000;
/** Most slots that are remembered. At this number all are forgotten, and each costs a new check. */
const MOST_REMEMBERED = 10_000;

/** Answers requests for slots with a flag as sold out, without the database, and keeps the flags up to date. */
export class SoldOutGuard {
  readonly #flags: SoldOutFlags;
  readonly #recheckMs: number;
  readonly #onFailure: SoldOutFlagOptions['onFailure'];
  /** When the database was last asked about a slot because of its flag. */
  readonly #askedAt = new Map<number, number>();
  /** Slots whose flag could not be removed. They are removed first when Redis answers again. */
  readonly #stale = new Map<number, SlotPlace>();
  #removing: Promise<void> | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  #restUntil = -Infinity;

  constructor(flags: SoldOutFlags, { recheckMs, onFailure }: { recheckMs: number } & SoldOutFlagOptions) {
    this.#flags = flags;
    this.#recheckMs = recheckMs;
    this.#onFailure = onFailure;
  }

  /** Puts the guard before a strategy. */
  before(strategy: OpenStrategy): OpenStrategy {
    return {
      reserve: async (located, signal) => {
        const way = signal?.aborted ? 'ask' : await this.#choose(located);
        if (way === 'full') return { kind: 'sold-out' };
        const outcome = await strategy.reserve(located, signal);
        await this.#learn(located, outcome, way);
        return outcome;
      },
      close: async () => {
        await strategy.close();
        await Promise.all(this.#underWay);
      },
    };
  }

  /**
   * Call it after a COMMIT that gave seats of `slots` back. It never rejects: a flag that stays is removed later, or
   * found by a check.
   */
  async givenBack(slots: readonly SlotPlace[]): Promise<void> {
    for (const { slotId } of slots) this.#askedAt.delete(slotId);
    const removed = await this.#attempt(async () => {
      await this.#flags.remove(slots);
      await this.#catchUp();
      return true;
    });
    if (removed === true) return;
    for (const slot of slots) if (this.#stale.size < MOST_REMEMBERED) this.#stale.set(slot.slotId, slot);
  }

  /** `check`: the slot has a flag, and this request finds out whether it is still full. */
  async #choose(located: LocatedRequest): Promise<'ask' | 'check' | 'full'> {
    if (performance.now() < this.#restUntil) return 'ask';
    const answers = await this.#attempt(() => this.#look(located));
    if (answers === undefined || answers.includes('other')) return 'ask';
    const full = located.slots.find((_slot, place) => answers[place] === 'full');
    if (full === undefined) return 'ask';
    return this.#isDue(full, this.#recheckMs) ? 'check' : 'full';
  }

  async #look(located: LocatedRequest): Promise<FlagAnswer[]> {
    await this.#catchUp();
    return Promise.all(located.slots.map((slot) => this.#flags.look(slot, located)));
  }

  async #catchUp(): Promise<void> {
    if (this.#stale.size > 0) await (this.#removing ??= this.#removeStale());
  }

  async #removeStale(): Promise<void> {
    const slots = [...this.#stale.values()];
    try {
      await this.#flags.remove(slots);
      // When seats were given back meanwhile and the flag could not be removed again, the slot has a new entry, which
      // stays.
      for (const slot of slots) if (this.#stale.get(slot.slotId) === slot) this.#stale.delete(slot.slotId);
    } finally {
      this.#removing = undefined;
    }
  }

  async #learn(located: LocatedRequest, { kind }: ReservationOutcome, way: 'ask' | 'check'): Promise<void> {
    if (kind === 'reserved' && way === 'check') return this.givenBack(located.slots);
    if (kind !== 'sold-out' || performance.now() < this.#restUntil) return;
    for (const slot of located.slots) {
      if (way === 'check' || this.#isDue(slot, LOOK_AGAIN_MS)) this.#refresh(slot);
    }
  }

  /** Refreshes the flag in the background. The answer does not wait for it. */
  #refresh(slot: SlotPlace): void {
    const done = this.#attempt(() => this.#flags.refresh(slot)).finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  /** True for one caller, then false until `everyMs` has passed. */
  #isDue({ slotId }: SlotPlace, everyMs: number): boolean {
    const now = performance.now();
    if (now - (this.#askedAt.get(slotId) ?? -Infinity) < everyMs) return false;
    if (this.#askedAt.size >= MOST_REMEMBERED) this.#askedAt.clear();
    this.#askedAt.set(slotId, now);
    return true;
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#restUntil = performance.now() + REST_MS;
      this.#onFailure?.(error as Error);
      return undefined;
    }
  }
}
