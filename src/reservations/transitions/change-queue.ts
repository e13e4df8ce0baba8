import { CallQueue } from '../../call-queue.js';
import { type TransitionContext, changeAll } from './change-all.js';
import type { Change } from './decide-changes.js';
import type { HeldReservation } from './held-reservations.js';

/** Longest wait of a batch for one row lock. All its other calls wait meanwhile. */
const LOCK_WAIT_SECONDS = 1;
/** Most waits for rows that somebody holds, each of five seconds. */
const MOST_WAITS = 20;

/** Most batches at once: one is decided while another one commits. */
const BATCHES = 2;

type Answer = { kind: 'changed'; before: HeldReservation | undefined } | { kind: 'held'; error: unknown };

/**
 * Makes changes that arrive together in one transaction. When somebody holds the rows of some for long, those wait in a
 * second queue, and the others are made without them.
 */
export class ChangeQueue {
  readonly #quick: CallQueue<Change, Answer>;
  readonly #patient: CallQueue<Change, Answer>;

  constructor(context: TransitionContext) {
    const serve =
      (lockWaitSeconds?: number) =>
      (changes: readonly Change[]): Promise<Answer[]> =>
        answerAll(context, changes, lockWaitSeconds);
    this.#quick = new CallQueue({ serve: serve(LOCK_WAIT_SECONDS), concurrency: BATCHES });
    this.#patient = new CallQueue({ serve: serve(), concurrency: BATCHES });
  }

  /**
   * Resolves with the reservation as it was before. Undefined when it does not exist.
   *
   * @throws `ABORTED` when `signal` fires before the change is begun; what its transaction throws.
   */
  async change(change: Change, signal: AbortSignal | undefined): Promise<HeldReservation | undefined> {
    let answer = await this.#quick.call(change, signal);
    for (let waits = 1; answer.kind === 'held'; waits += 1) {
      if (waits > MOST_WAITS) throw answer.error;
      answer = await this.#patient.call(change, signal);
    }
    return answer.before;
  }
}

async function answerAll(
  context: TransitionContext,
  changes: readonly Change[],
  lockWaitSeconds: number | undefined,
): Promise<Answer[]> {
  const held = new Map<Change, unknown>();
  const onHeld = (change: Change, error: unknown): void => void held.set(change, error);
  const decided = await changeAll(context, { changes, onHeld, lockWaitSeconds });
  const before = new Map(decided.map((each) => [each.change, each.before]));
  return changes.map((change) =>
    held.has(change) ? { kind: 'held', error: held.get(change) } : { kind: 'changed', before: before.get(change) },
  );
}
