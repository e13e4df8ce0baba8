import { readCounts, setCounts } from './naive.js';
import { perTransaction } from './per-transaction.js';

/**
 * As `naive`, but the count is written before the reservation is inserted: nobody holds a shared lock then, so nothing
 * deadlocks. The count is still the one read before another's commit, so updates are lost and slots overbooked, in
 * silence.
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
