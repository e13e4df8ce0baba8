import { checkInteger } from '../../check-option.js';
import { TablepickError } from '../../errors.js';
import type { LockStrategy } from './lock-strategy.js';
import { type RequestWork, SeatsMissing, perTransaction } from './per-transaction.js';

/** Settings of {@link createPessimistic}. */
export interface PessimisticOptions {
  /**
   * What to do when another transaction holds the slot. `wait`: wait for it. `nowait` and `skip-locked`: the outcome is
   * `contended` at once. Default `wait`.
   */
  whenLocked?: 'wait' | 'nowait' | 'skip-locked' | undefined;
  /**
   * Longest wait for one slot, whole seconds, 1 or more. Then the outcome is `contended`. Default: the server's
   * `innodb_lock_wait_timeout`, retried.
   */
  lockWaitSeconds?: number | undefined;
}

const LOCK_SLOT = `SELECT {slot.capacity} AS capacity, {slot.count} AS count FROM {slot} WHERE {slot.id} = ? FOR UPDATE`;
const FIND_SLOT = 'SELECT 1 AS found FROM {slot} WHERE {slot.id} = ?';
const ADD_SEATS = `UPDATE {slot} SET {slot.count} = {slot.count} + ?, {slot.version} = {slot.version} + 1
  WHERE {slot.id} = ?`;
const SUFFIXES = { wait: '', nowait: ' NOWAIT', 'skip-locked': ' SKIP LOCKED' } as const;

/** Creates `pessimistic` with settings of its own: it locks the slot's row before it reads it. */
export function createPessimistic(options: PessimisticOptions = {}): LockStrategy {
  const { whenLocked = 'wait', lockWaitSeconds } = options;
  checkOptions(whenLocked, lockWaitSeconds);
  const lockSlot = `${LOCK_SLOT}${SUFFIXES[whenLocked]}`;
  return perTransaction({
    name: 'pessimistic',
    guarantees: { noOverbooking: true, noLostUpdate: true, noDeadlock: true },
    retriesConflicts: whenLocked === 'wait' && lockWaitSeconds === undefined,
    lockWaitSeconds,
    reserve: async (work) => {
      const { tx, located } = work;
      for (const { slotId } of located.slots) await lockAndCheck(work, lockSlot, slotId);
      for (const { slotId } of located.slots) await tx.execute(ADD_SEATS, [located.seats, slotId]);
      return work.writeReservation();
    },
  });
}

/** Locks the slot by `SELECT … FOR UPDATE`, then does the rest under the lock. */
export const pessimistic = createPessimistic();

async function lockAndCheck({ tx, located }: RequestWork, lockSlot: string, slotId: number): Promise<void> {
  const [slot] = await tx.query<{ capacity: number; count: number }>(lockSlot, [slotId]);
  if (slot === undefined && (await tx.query(FIND_SLOT, [slotId])).length > 0) {
    throw new TablepickError('CONFLICT', `slot ${slotId} is locked by another transaction`, { retriable: true });
  }
  if (slot === undefined || slot.count + located.seats > slot.capacity) throw new SeatsMissing();
}

function checkOptions(whenLocked: string, lockWaitSeconds: number | undefined): void {
  if (!Object.hasOwn(SUFFIXES, whenLocked)) {
    throw new TablepickError('BAD_OPTION', `whenLocked of pessimistic is ${JSON.stringify(whenLocked)}`, {
      hint: `choose from ${Object.keys(SUFFIXES).join(', ')}`,
    });
  }
  if (lockWaitSeconds === undefined) return;
  checkInteger('lockWaitSeconds', lockWaitSeconds, {
    min: 1,
    message: `lockWaitSeconds of pessimistic is ${lockWaitSeconds}`,
    hint: 'give whole seconds, 1 or more',
  });
}
