import { readCounts, setCounts } from './naive.js';
import { perTransaction } from './per-transaction.js';

/**
 * As `naive`, but the count is written before the reservation is inserted. So nobody holds a shared lock, and nothing
 * deadlocks. The count is still one that was read before another's COMMIT, so updates are lost and slots are overbooked
 * without an error.
 */
export const saveAndFlush = perTransaction({
  name: 'save-and-flush',
  guarantees: { noOverbooking: false, noLostUpdate: false, noDeadlock: true },
  retriesConflicts: false,
  reserve: async (work) => {
    await setCounts(work, await readCounts(work));
    return work.writeReservation();
  },
});
