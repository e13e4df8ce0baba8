import type { Transaction } from '../../../database/index.js';
import { ID_STEPS, type IdSteps, tellsIds } from '../../requests/ids-of-insert.js';
import type { LocatedRequest } from '../../reservation.js';
import { runStatements } from '../../requests/record-changes.js';
import { recordedWith, writeReservations } from '../../requests/write-reservations.js';
import { addSeats, seatsOf } from './add-seats.js';
import type { BatchContext, Decision } from './batch.js';
import { NotSure } from './not-sure.js';

/**
 * Longest wait for the batch before, with rows inserted, in milliseconds. That batch might itself wait for one of these
 * rows, by way of another process.
 */
const PATIENCE_MS = 500;

const SELECT_STEPS = `SELECT ${ID_STEPS}`;

/**
 * Writes requests that seem sure to get their seats. The reservations are written first, while the batch before still
 * commits. The service's rows that are only inserted come next, then the counts. Slots are locked only from there to
 * COMMIT. The server's check that a row's slot exists would lock the slot at once. The change of its count proves the
 * same.
 *
 * No two of `requests` may share a key, or a member and a slot.
 *
 * @throws `BAD_ROW` (1062) when one of them collides with a reservation that is there; nothing may be committed then.
 * @throws {@link NotSure} when one of them cannot get its seats.
 */
export async function combineSure(
  tx: Transaction,
  requests: readonly LocatedRequest[],
  { context, turn, seen }: BatchContext,
): Promise<Decision> {
  const steps = tellsIds(context.database) ? undefined : (await tx.query<IdSteps>(SELECT_STEPS))[0];
  await turn.mayInsert;
  const ids = await writeReservations(tx, requests, { context, steps, slots: 'locked later' });
  turn.hasInserted();
  const recorded = recordedWith(ids, context);
  await runStatements(
    tx,
    recorded.filter(({ insertsOnly }) => insertsOnly === true),
  );
  await passWithin(turn.mayLock, PATIENCE_MS);
  const taken = seatsOf(requests);
  if (!(await addSeats(tx, taken))) throw new NotSure();
  // After the slots are locked, as everywhere: somebody who holds a slot may need the rows that the service writes.
  await runStatements(
    tx,
    recorded.filter(({ insertsOnly }) => insertsOnly !== true),
  );
  seen.take(taken);
  const answers = new Map(
    [...ids].map(([located, [first]]) => [located, { kind: 'reserved' as const, reservationId: first! }]),
  );
  return { answers, granted: requests };
}

/** @throws {@link NotSure} when the step is not passed in time. */
function passWithin(step: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new NotSure()), ms);
    void step.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
