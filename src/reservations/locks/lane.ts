import { TablepickError } from '../../errors.js';
import type { Claim, ReservationOutcome } from '../reservation.js';
import type { Answers } from './serve-batch.js';

interface Waiting {
  claim: Claim;
  resolve: (outcome: ReservationOutcome) => void;
  reject: (error: unknown) => void;
  /** Stops listening for the caller's signal. */
  begin: () => void;
  /** Batches that took it. */
  tries: number;
}

const MOST_TRIES = 20;

/** A batch's place behind the one before it. */
export interface Turn {
  /** Resolves when the batch before holds the locks of its slots, or has ended. */
  predecessor: Promise<void>;
  /** To be called once this batch holds its locks. */
  onLocked: () => void;
}

/** Settings of a {@link Lane}. */
export interface LaneOptions {
  serve: (claims: readonly Claim[], turn: Turn) => Promise<Answers>;
  /** Claims of one batch at most. */
  mostClaims: number;
  /** As soon as this many wait, a second batch is begun beside the first: it is prepared while the first is committed. */
  beginSecondAt: number;
}

/** Serves the claims of some slots in batches: what arrives while a batch is under way makes up the next. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #underWay = new Set<Promise<void>>();
  #waiting: Waiting[] = [];
  #isAwake = false;
  #lastLocked: Promise<void> = Promise.resolve();

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Claims that no batch has taken yet. */
  get length(): number {
    return this.#waiting.length;
  }

  /**
   * Puts a claim in line.
   *
   * @throws `ABORTED` when `signal` fires before a batch took it.
   */
  reserve(claim: Claim, signal: AbortSignal | undefined): Promise<ReservationOutcome> {
    return new Promise<ReservationOutcome>((resolve, reject) => {
      if (signal?.aborted) return reject(withdrawn(signal));
      const onAbort = () => this.#withdraw(waiting, withdrawn(signal));
      const begin = () => signal?.removeEventListener('abort', onAbort);
      const waiting: Waiting = { claim, resolve, reject, begin, tries: 0 };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiting);
      this.#wake();
    });
  }

  #withdraw(waiting: Waiting, error: TablepickError): void {
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
    waiting.reject(error);
  }

  /** Whoever asks in the same turn is in the same batch; an idle machine gets there within microseconds. */
  #wake(): void {
    if (this.#isAwake || !this.#mayBegin()) return;
    this.#isAwake = true;
    setImmediate(() => {
      this.#isAwake = false;
      while (this.#mayBegin()) this.#begin();
    });
  }

  #mayBegin(): boolean {
    const least = [1, this.#options.beginSecondAt][this.#underWay.size];
    return least !== undefined && this.#waiting.length >= least;
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
    for (const { begin } of batch) begin();
    const { turn, end } = this.#takeTurn();
    try {
      const claims = batch.map(({ claim }) => claim);
      this.#tell(batch, await this.#options.serve(claims, turn));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      end();
    }
  }

  #takeTurn(): { turn: Turn; end: () => void } {
    const predecessor = this.#lastLocked;
    let onLocked = (): void => {};
    this.#lastLocked = new Promise((resolve) => (onLocked = resolve));
    return { turn: { predecessor, onLocked }, end: onLocked };
  }

  /** In order of arrival; a claim that shares a key or a member and slot with one before it waits for that one's end. */
  #takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    const left: Waiting[] = [];
    const taken = new Set<string>();
    let seen = 0;
    for (; seen < this.#waiting.length && batch.length < this.#options.mostClaims; seen += 1) {
      const waiting = this.#waiting[seen]!;
      const names = namesOf(waiting.claim);
      (names.some((name) => taken.has(name)) ? left : batch).push(waiting);
      for (const name of names) taken.add(name);
    }
    this.#waiting = [...left, ...this.#waiting.slice(seen)];
    return batch;
  }

  /** Those without an answer are first in the next batch, but not for ever. */
  #tell(batch: readonly Waiting[], answers: Answers): void {
    const again: Waiting[] = [];
    for (const waiting of batch) {
      const answer = answers.get(waiting.claim);
      waiting.tries += 1;
      if (answer instanceof Error) waiting.reject(answer);
      else if (answer !== undefined) waiting.resolve(answer);
      else if (waiting.tries < MOST_TRIES) again.push(waiting);
      else waiting.resolve({ kind: 'contended', attempts: waiting.tries });
    }
    this.#waiting = [...again, ...this.#waiting];
  }
}

/** Names that no two claims of one transaction may share. */
function namesOf({ slots, memberId, idempotencyKey }: Claim): string[] {
  return [`key ${idempotencyKey}`, ...slots.map(({ slotId }) => `${slotId} ${memberId}`)];
}

function withdrawn(signal: AbortSignal | undefined): TablepickError {
  return new TablepickError('ABORTED', 'the request was withdrawn before it was begun; nothing was written', {
    cause: signal?.reason,
  });
}
