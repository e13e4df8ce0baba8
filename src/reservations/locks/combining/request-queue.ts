import { onAbort } from '../../../abort/on-abort.js';
import { TablepickError } from '../../../errors.js';
import type { LocatedRequest, ReservationOutcome } from '../../reservation.js';
import { namesOf } from './request-names.js';
import type { Answers } from './batch.js';
import { type Turn, Turns } from './turn.js';

interface Waiting {
  located: LocatedRequest;
  resolve: (outcome: ReservationOutcome) => void;
  reject: (error: unknown) => void;
  /** Stops listening for the caller's signal. */
  begin: () => void;
  /** How many batches took it. */
  tries: number;
  /** It shares a name with a request before it. Once that request has ended, its answer may be in the database. */
  isHeldBack: boolean;
  isWithdrawn: boolean;
}

const MOST_TRIES = 20;
/** Most batches of a queue at once: one inserts, one commits, and one is answered and filled again. */
export const MOST_UNDER_WAY = 3;

/** Settings of a {@link RequestQueue}. */
export interface RequestQueueOptions {
  serve: (requests: readonly LocatedRequest[], turn: Turn) => Promise<Answers>;
  /** Most slots that the requests of one batch name together. When one request names more, it is a batch of its own. */
  mostSlots: number;
  /** Answers requests by existing reservations. A request without a conflict has no answer. */
  answerStanding: (requests: readonly LocatedRequest[]) => Promise<Answers>;
  /**
   * When this many requests wait, the next batch begins beside those under way. Most of its work is done while they
   * commit.
   */
  beginNextAt: number;
}

/**
 * Serves the requests of some slots in batches. Requests that arrive while a batch is under way form the next batch.
 */
export class RequestQueue {
  readonly #options: RequestQueueOptions;
  readonly #underWay = new Set<Promise<void>>();
  readonly #turns = new Turns();
  #waiting: Waiting[] = [];
  #isAwake = false;
  #mustSweep = false;

  constructor(options: RequestQueueOptions) {
    this.#options = options;
  }

  /** True when nobody waits and no batch is under way. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#underWay.size === 0;
  }

  /** Requests that no batch has taken yet. */
  get length(): number {
    return this.#waiting.length;
  }

  /**
   * Adds a request to the queue.
   *
   * @throws `ABORTED` when `signal` fires before a batch took it.
   */
  reserve(located: LocatedRequest, signal: AbortSignal | undefined): Promise<ReservationOutcome> {
    return new Promise<ReservationOutcome>((resolve, reject) => {
      if (signal?.aborted) return reject(withdrawn(signal));
      const begin = onAbort(signal, () => this.#withdraw(waiting, withdrawn(signal)));
      const waiting: Waiting = { located, resolve, reject, begin, tries: 0, isHeldBack: false, isWithdrawn: false };
      this.#waiting.push(waiting);
      this.#wake();
    });
  }

  /** Moves the requests that `belong` in another queue to that queue, in their order. */
  moveTo(other: RequestQueue, belong: (located: LocatedRequest) => boolean): void {
    const moved = this.#takeOut(this.#waiting.filter(({ located }) => belong(located)));
    other.#waiting.push(...moved);
    other.#wake();
  }

  #withdraw(waiting: Waiting, error: TablepickError): void {
    waiting.isWithdrawn = true;
    waiting.reject(error);
    // Thousands may be withdrawn at once, so they are removed from the list together.
    if (this.#mustSweep) return;
    this.#mustSweep = true;
    setImmediate(() => {
      this.#mustSweep = false;
      this.#waiting = this.#waiting.filter(({ isWithdrawn }) => !isWithdrawn);
    });
  }

  /** Requests of the same turn are in the same batch. On an idle machine, the batch begins within microseconds. */
  #wake(): void {
    if (this.#isAwake || !this.#mayBegin()) return;
    this.#isAwake = true;
    setImmediate(() => {
      this.#isAwake = false;
      while (this.#mayBegin()) this.#begin();
    });
  }

  #mayBegin(): boolean {
    if (this.#underWay.size === MOST_UNDER_WAY) return false;
    const least = this.#underWay.size === 0 ? 1 : this.#options.beginNextAt;
    return this.#waiting.length >= least;
  }

  #begin(): void {
    const done = this.#serveNext().finally(() => {
      this.#underWay.delete(done);
      this.#wake();
    });
    this.#underWay.add(done);
  }

  async #serveNext(): Promise<void> {
    const batch = this.#takeBatch();
    for (const waiting of batch) {
      waiting.begin();
      waiting.tries += 1;
    }
    const turn = this.#turns.take();
    try {
      const requests = batch.map(({ located }) => located);
      this.#tell(batch, await this.#options.serve(requests, turn));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      turn.hasEnded();
    }
    await this.#answerHeldBack();
  }

  /** Answers all repeats of a request, and all further ones of a member, at once instead of batch by batch. */
  async #answerHeldBack(): Promise<void> {
    const heldBack = this.#waiting.filter((each) => each.isHeldBack).slice(0, this.#options.mostSlots);
    if (heldBack.length === 0) return;
    this.#takeOut(heldBack);
    for (const each of heldBack) each.isHeldBack = false;
    // When the answers cannot be read now, the next batch decides.
    const answers = await this.#options.answerStanding(heldBack.map(({ located }) => located)).catch(() => new Map());
    this.#tell(heldBack, answers);
  }

  #takeOut(some: Waiting[]): Waiting[] {
    const taken = new Set(some);
    this.#waiting = this.#waiting.filter((each) => !taken.has(each));
    return some;
  }

  /**
   * Takes requests in the order of arrival. When a request shares a key, or a member and slot, with an earlier one, it
   * waits until that one has ended.
   */
  #takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    const left: Waiting[] = [];
    const taken = new Set<string>();
    let seen = 0;
    let remaining = this.#options.mostSlots;
    for (; seen < this.#waiting.length && left.length < this.#options.mostSlots; seen += 1) {
      const waiting = this.#waiting[seen]!;
      if (waiting.isWithdrawn) continue;
      const names = namesOf(waiting.located);
      remaining -= waiting.located.slots.length;
      if (remaining < 0 && batch.length > 0) break;
      waiting.isHeldBack = names.some((name) => taken.has(name));
      (waiting.isHeldBack ? left : batch).push(waiting);
      for (const name of names) taken.add(name);
    }
    this.#waiting = [...left, ...this.#waiting.slice(seen)];
    return batch;
  }

  /** Requests without an answer are first in the next batch, but at most `MOST_TRIES` times. */
  #tell(batch: readonly Waiting[], answers: Answers): void {
    const again: Waiting[] = [];
    for (const waiting of batch) {
      const answer = answers.get(waiting.located);
      if (answer instanceof Error) waiting.reject(answer);
      else if (answer !== undefined) waiting.resolve(answer);
      else if (waiting.tries < MOST_TRIES) again.push(waiting);
      else waiting.resolve({ kind: 'contended', attempts: waiting.tries });
    }
    this.#waiting = [...again.filter(({ isWithdrawn }) => !isWithdrawn), ...this.#waiting];
  }
}

function withdrawn(signal: AbortSignal | undefined): TablepickError {
  return new TablepickError('ABORTED', 'the request was withdrawn before it was begun; nothing was written', {
    cause: signal?.reason,
  });
}
