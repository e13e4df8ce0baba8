import type { Message } from '../envelope/message.js';

/** How a message of a batch ended. */
export type MessageEnd = { kind: 'handled' } | { kind: 'duplicate' } | { kind: 'failed'; error: unknown };

/** How the messages of a batch ended so far. Of two with one id, it knows the first. */
export class BatchEnds {
  readonly #messages: readonly Message[];
  readonly #ends = new Map<string, MessageEnd>();
  /** Ids of messages behind a failed one of their key. */
  readonly #held = new Set<string>();

  constructor(messages: readonly Message[]) {
    const seen = new Set<string>();
    this.#messages = messages.filter(({ id }) => !seen.has(id) && seen.add(id));
  }

  /** By id. A message that is not in it has to come again. */
  get byId(): ReadonlyMap<string, MessageEnd> {
    return this.#ends;
  }

  /** Those that have not ended and are not behind a failed one of their key, in the order of the batch. */
  get open(): Message[] {
    return this.#messages.filter((message) => this.isOpen(message));
  }

  isOpen({ id }: Message): boolean {
    return !this.#ends.has(id) && !this.#held.has(id);
  }

  /** The message is handled: now, or before. */
  end({ id }: Message, isFirst: boolean): void {
    this.#ends.set(id, { kind: isFirst ? 'handled' : 'duplicate' });
  }

  /** The message fails alone. Later ones of its key wait for it. */
  fail({ id, key }: Message, error: unknown): void {
    this.#ends.set(id, { kind: 'failed', error });
    const place = this.#messages.findIndex((each) => each.id === id);
    for (const each of this.#messages.slice(place + 1)) if (each.key === key) this.#held.add(each.id);
  }
}
