import type { Database } from '../../database/index.js';
import { requireFit } from '../../database/fit/require-fit.js';
import { RESERVATION_TABLES } from '../reservation-tables.js';
import { checkReservationGroups } from './check-reservation-groups.js';
import { checkNulls } from './check-nulls.js';
import { checkSlots } from './check-slots.js';
import { readHistoryFacts } from './history/history-facts.js';
import type { History } from './history/history.js';
import { Findings, type InvariantReport } from './invariant-report.js';
import { judgeHistory } from './history/judge-history.js';

/** Settings of {@link checkInvariants}. */
export interface CheckInvariantsOptions {
  /** Calls and their answers. They are compared with the tables and with each other. All calls must have ended. */
  history?: History | undefined;
  /** Most violations listed of each kind; all are counted. Default 100. */
  limit?: number | undefined;
  signal?: AbortSignal | undefined;
  /**
   * Called after each range of slots with the number of checked slots and the number of slots at the beginning. The
   * slots are counted only for this.
   */
  onProgress?: ((slotsChecked: number, slots: number) => void) | undefined;
}

/**
 * Finds violations in slots and reservations, with their keys (the kinds: `violationKinds`). It only reads and locks
 * nothing. Every range is read in a snapshot of its own, so the answer is right even beside live traffic. Its memory
 * does not grow with the tables. A history and the reservations of its slots are held in memory. It needs an index that
 * begins with the reservation's slot. Without it, each range reads all reservations.
 *
 * When a required column has NULL, that is a violation. The table is not refused for it.
 *
 * @throws `ABORTED` when `signal` fires; `TABLE_UNFIT` for tables of which nothing can be proved; `MISSING_TABLE` and
 * the failures of the server.
 * @example
 * const { ok, violations } = await checkInvariants(database);
 */
export async function checkInvariants(
  database: Database,
  options: CheckInvariantsOptions = {},
): Promise<InvariantReport> {
  const { history, signal, onProgress } = options;
  const findings = new Findings(options.limit ?? 100);
  const misfits = await requireFit(database, { tables: RESERVATION_TABLES, use: 'read' });
  await checkSlots(database, findings, { signal, onProgress });
  await checkReservationGroups(database, findings, signal);
  const mayHoldNulls = misfits.some(
    ({ kind, table }) => kind === 'nullable' && table === database.names.reservation.table,
  );
  if (mayHoldNulls) await checkNulls(database, findings, signal);
  if (history !== undefined) {
    judgeHistory(history, await readHistoryFacts(database, history.entries, signal), findings);
  }
  return findings.report();
}
