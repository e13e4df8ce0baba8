import { onAbort } from './abort/on-abort.js';
import { TablepickError } from './errors.js';
import { serveHalved } from './serve-halved.js';

/** Settings of a {@link CallQueue}. */
export interface CallQueueOptions<Call, Answer> {
  /**
   * Answers all calls, in their order. An error among the answers rejects its call alone. When it rejects, it must have
   * done nothing for any of the calls: it is called again with each half, down to the call that fails alone.
   */
  serve: (calls: readonly Call[]) => Promise<readonly (Answer | Error)[]>;
  /** Most calls of one batch. Default 500. */
  most?: number | undefined;
  /** Most batches at once. Default 1. */
  concurrency?: number | undefined;
}

interface Waiting<Call, Answer> {
  call: Call;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
  /** Stops listening for the caller's signal. */
  begin: () => void;
}

/**
 * Serves calls that arrive together in one batch, in the order of arrival. Calls that arrive while a batch is served
 * form the next batch. Nothing waits for a batch to fill: on an idle machine a call begins within microseconds.
 */
export class CallQueue<Call, Answer> {
  readonly #serve: CallQueueOptions<Call, Answer>['serve'];
  readonly #most: number;
  readonly #concurrency: number;
  readonly #waiting = new Set<Waiting<Call, Answer>>();
  #underWay = 0;
  #isAwake = false;

  constructor({ serve, most = 500, concurrency = 1 }: CallQueueOptions<Call, Answer>) {
    this.#serve = serve;
    this.#most = most;
    this.#concurrency = concurrency;
  }

  /**
   * Resolves with the answer to this call.
   *
   * @param signal Withdraws this call alone, and only before a batch has taken it.
   * @throws What its batch throws for it; `ABORTED` when `signal` fires before a batch has taken it.
   */
  call(call: Call, signal?: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(withdrawn(signal));
      const waiting: Waiting<Call, Answer> = { call, resolve, reject, begin: () => {} };
      this.#waiting.add(waiting);
      waiting.begin = onAbort(signal, () => {
        if (this.#waiting.delete(waiting)) reject(withdrawn(signal));
      });
      this.#wake();
    });
  }

  /** Calls of the same turn are in the same batch. */
  #wake(): void {
    if (this.#isAwake || !this.#mayBegin()) return;
    this.#isAwake = true;
    setImmediate(() => {
      this.#isAwake = false;
      while (this.#mayBegin()) void this.#serveNext();
    });
  }

  #mayBegin(): boolean {
    return this.#waiting.size > 0 && this.#underWay < this.#concurrency;
  }

  async #serveNext(): Promise<void> {
    this.#underWay += 1;
    await serveHalved(
      this.#takeBatch(),
      (some) => this.#answer(some),
      ({ reject }, error) => reject(error),
    );
    this.#underWay -= 1;
    this.#wake();
  }

  #takeBatch(): Waiting<Call, Answer>[] {
    const batch: Waiting<Call, Answer>[] = [];
    for (const waiting of this.#waiting) {
      if (batch.length === this.#most) break;
      this.#waiting.delete(waiting);
      waiting.begin();
      batch.push(waiting);
    }
    return batch;
  }

  async #answer(batch: readonly Waiting<Call, Answer>[]): Promise<void> {
    const answers = await this.#serve(batch.map(({ call }) => call));
    if (answers.length !== batch.length) throw new Error(`${answers.length} answers to ${batch.length} calls`);
    batch.forEach(({ resolve, reject }, place) => {
      const answer = answers[place]!;
      if (answer instanceof Error) reject(answer);
      else resolve(answer);
    });
  }
}

function withdrawn(signal: AbortSignal | undefined): TablepickError {
  return new TablepickError('ABORTED', 'the call was withdrawn before it was begun; nothing was written', {
    cause: signal?.reason,
  });
}
