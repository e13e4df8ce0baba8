import type { Transaction } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import type { Message } from '../envelope/message.js';
import { noteAllHandled, selectHandled } from './inbox.js';

/** The notes that messages are handled by a group, in whichever transaction they are written. */
export class HandledNotes {
  readonly #group: string;
  /** Some of them were handled before. So each attempt asks which. */
  #mustAsk = false;
  /** Ids that were noted first by a transaction whose COMMIT was sent. */
  readonly #first = new Set<string>();
  /** A transaction that wrote them, or found them written, was committed. */
  isCommitted = false;
  /** An attempt has written them. */
  areWritten = false;

  constructor(group: string) {
    this.#group = group;
  }

  /** Whether a transaction of these notes was the first that noted the message. */
  isFirst(messageId: string): boolean {
    return this.#first.has(messageId);
  }

  /** Notes the messages, which must be distinct. Resolves with those that were not handled before. */
  async write(tx: Transaction, messages: readonly Message[]): Promise<readonly Message[]> {
    const newOnes = await this.#writeNew(tx, messages);
    this.areWritten = true;
    tx.afterCommit(() => {
      this.isCommitted = true;
      for (const { id } of newOnes) this.#first.add(id);
    });
    return newOnes;
  }

  async #writeNew(tx: Transaction, messages: readonly Message[]): Promise<readonly Message[]> {
    const candidates = this.#mustAsk ? await this.#notHandled(tx, messages) : messages;
    const noted = await noteAllHandled(tx, { group: this.#group, messageIds: candidates.map(({ id }) => id) });
    if (noted === candidates.length) return candidates;
    if (noted === 0) return [];
    this.#mustAsk = true;
    throw new TablepickError('CONFLICT', 'some messages of the batch were handled before', { retriable: true });
  }

  async #notHandled(tx: Transaction, messages: readonly Message[]): Promise<Message[]> {
    const messageIds = messages.map(({ id }) => id);
    const handled = await selectHandled(tx, { group: this.#group, messageIds });
    return messages.filter(({ id }) => !handled.has(id));
  }
}
