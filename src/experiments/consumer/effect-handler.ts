import { TablepickError } from '../../errors.js';
import type { AnyHandler, BatchContext, HandlerContext, Message } from '../../messaging/index.js';
import type { SqlValue, Transaction } from '../../database/index.js';
import { indexOf } from '../relay/bench-messages.js';
import type { ConsumerJob } from './consumer-job.js';

const INSERT = `INSERT INTO reservation_history
  (reservation_id, subject, from_state, to_state, reason, actor, changed_at) VALUES `;
const ROW = "(?, 'bench', NULL, ?, '', '', UTC_TIMESTAMP(6))";

/** Whether a message cannot be handled. */
export function isPoison({ poison, poisonEvery }: Pick<ConsumerJob, 'poison' | 'poisonEvery'>, index: number): boolean {
  return poison !== undefined && (index + 1) % poisonEvery === 0;
}

/**
 * A handler that writes one row a message: all of a batch in one statement, or each in a transaction of its own.
 *
 * @param onCall Called at the beginning of every call.
 */
export function effectHandler(job: ConsumerJob, onCall: () => void): AnyHandler {
  const name = 'write a row';
  const refusal = (message: Message): Error | undefined =>
    job.poison === 'handler-refuses' && isPoison(job, indexOf(message.id)) ? refused(message) : undefined;
  const write = async (tx: Transaction, messages: readonly Message[]): Promise<void> => {
    const values = messages.flatMap(({ id }) => rowOf(job, indexOf(id)));
    await tx.execute(INSERT + Array(messages.length).fill(ROW).join(', '), values);
  };
  if (job.way === 'one-by-one') {
    const handle = async (message: Message, { once }: HandlerContext): Promise<void> => {
      onCall();
      const error = refusal(message);
      if (error !== undefined) throw error;
      await once((tx) => write(tx, [message]));
    };
    return { name, handle };
  }
  const handleBatch = async (messages: readonly Message[], { once, fail }: BatchContext): Promise<void> => {
    onCall();
    for (const message of messages) {
      const error = refusal(message);
      if (error !== undefined) fail(message, error);
    }
    await once(write);
  };
  return { name, handleBatch };
}

/** The server refuses a row without a state. */
function rowOf(job: ConsumerJob, index: number): SqlValue[] {
  return [index + 1, job.poison === 'server-refuses' && isPoison(job, index) ? null : 'HANDLED'];
}

function refused({ id }: Message): Error {
  return new TablepickError('BAD_MESSAGE', `message ${id} is poison`);
}
