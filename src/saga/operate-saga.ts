import type { Database, Transaction } from '../database/index.js';
import { requireFitOnce } from '../database/fit/require-fit-once.js';
import { TablepickError } from '../errors.js';
import { appendToOutbox } from '../messaging/index.js';
import { sagaEvent } from '../payments/index.js';
import { type CompensationState, stepCompensation } from './compensation.js';
import { historyStatement } from './history.js';
import { SAGA_TABLES } from './saga-tables.js';
import { unknownSaga } from './show-saga.js';

/** An operator's action on a stuck saga. Operator and note are kept in its history. */
export interface Operation {
  reservationId: number;
  /** Name of the operator. */
  operator: string;
  /** The reason, for readers of the history. */
  note: string;
}

const FIND = 'SELECT 1 FROM {reservation} WHERE {reservation.id} = ?';
const LOCK = 'SELECT state FROM compensation WHERE reservation_id = ? FOR UPDATE';

/**
 * Requests the refund of a saga again. Its compensation must have failed, or its refund must have been requested
 * without an answer.
 *
 * @throws `SAGA_UNKNOWN`; `SAGA_NOT_STUCK` when there is nothing to request.
 */
export async function retrySaga(database: Database, operation: Operation): Promise<void> {
  const { reservationId, note } = operation;
  await operate(database, operation, async (tx, state) => {
    const actor = `operator ${operation.operator}`;
    if (state === 'COMPENSATION_FAILED') {
      await stepCompensation(tx, { reservationId, from: state, to: 'REFUND_REQUESTED', reason: note, actor });
    } else if (state === 'REFUND_REQUESTED') {
      await audit(tx, { operation, state });
    } else throw notStuck(reservationId, state);
    await appendToOutbox(tx, [
      sagaEvent('RefundRequested', { reservationId, reason: `asked again: ${note}`.slice(0, 255) }),
    ]);
  });
}

/**
 * Ends a saga whose compensation has failed, after an operator settled it by hand, e.g. by a bank transfer. It no
 * longer counts as stuck.
 *
 * @throws `SAGA_UNKNOWN`; `SAGA_NOT_STUCK` when its compensation has not failed; `BAD_OPTION` without a note.
 * @example
 * await resolveSaga(database, { reservationId: 17, operator: 'ann', note: 'refunded by hand' });
 */
export async function resolveSaga(database: Database, operation: Operation): Promise<void> {
  const { reservationId, note, operator } = operation;
  if (note.trim() === '') {
    throw new TablepickError('BAD_OPTION', 'no note says how the saga was settled', {
      hint: 'write it down for whoever asks later',
    });
  }
  await operate(database, operation, async (tx, state) => {
    if (state !== 'COMPENSATION_FAILED') throw notStuck(reservationId, state);
    await stepCompensation(tx, {
      reservationId,
      from: state,
      to: 'RESOLVED',
      reason: note,
      actor: `operator ${operator}`,
    });
  });
}

async function operate(
  database: Database,
  { reservationId }: Operation,
  work: (tx: Transaction, state: CompensationState | null) => Promise<void>,
): Promise<void> {
  await requireFitOnce(database, SAGA_TABLES);
  await database.transaction(async (tx) => {
    // When money came for an unknown reservation, there may be a compensation without a reservation.
    const [row] = await tx.query<{ state: CompensationState }>(LOCK, [reservationId]);
    if (row === undefined && (await tx.query(FIND, [reservationId])).length === 0) throw unknownSaga(reservationId);
    await work(tx, row?.state ?? null);
  });
}

async function audit(
  tx: Transaction,
  { operation, state }: { operation: Operation; state: CompensationState },
): Promise<void> {
  const { reservationId, note, operator } = operation;
  const step = { reservationId, from: state, to: state, reason: note, actor: `operator ${operator}` };
  const { sql, values } = historyStatement([{ ...step, subject: 'compensation' }]);
  await tx.execute(sql, values);
}

function notStuck(reservationId: number, state: CompensationState | null): TablepickError {
  const found = state === null ? 'needs no compensation' : `has a compensation that is ${state}`;
  return new TablepickError('SAGA_NOT_STUCK', `reservation ${reservationId} ${found}`, {
    hint: `tablepick saga show ${reservationId}; what waits for its payment is looked up by tablepick reconcile`,
  });
}
