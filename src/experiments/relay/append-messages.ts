import type { Database } from '../../database/index.js';
import { appendToOutbox } from '../../messaging/index.js';
import { benchMessage } from './bench-messages.js';

const rowsOfTransaction = 500;

/** Appends the messages 0 to `messages` - 1 for `topic` to the outbox. */
export async function appendMessages(database: Database, topic: string, messages: number): Promise<void> {
  for (let first = 0; first < messages; first += rowsOfTransaction) {
    const rows = Math.min(rowsOfTransaction, messages - first);
    const drafts = Array.from({ length: rows }, (_, row) => benchMessage(topic, first + row));
    await database.transaction((tx) => appendToOutbox(tx, drafts));
  }
}
