import { groupBy } from '../../transitions/group-by.js';
import { type History, type RequestEntry, type ReservationEntry, isRequest } from './history.js';
import type { HistoryFacts, ReservationRow } from './history-facts.js';

/** A history and the tables, sorted so that they can be compared. */
export interface HistoryLedger {
  history: History;
  capacities: ReadonlyMap<number, number>;
  clockToleranceMs: number;
  /** Calls that ask for seats, by idempotency key. */
  requests: ReadonlyMap<string, readonly RequestEntry[]>;
  /** Calls about a reservation, by its {@link unitOf}. */
  endings: ReadonlyMap<number, readonly ReservationEntry[]>;
  rowOf: ReadonlyMap<number, ReservationRow>;
  /** Reservations by the key of their request. Those made as one are together. `null`: without a key. */
  rowsOfKey: ReadonlyMap<string | null, readonly ReservationRow[]>;
}

const DEFAULT_TOLERANCE_MS = 5;

/** Makes a {@link HistoryLedger}. */
export function openLedger(history: History, facts: HistoryFacts): HistoryLedger {
  const rowOf = new Map(facts.rows.map((row) => [row.id, row]));
  return {
    history,
    capacities: facts.capacities,
    clockToleranceMs: history.clockToleranceMs ?? DEFAULT_TOLERANCE_MS,
    requests: groupBy(history.entries.filter(isRequest), ({ idempotencyKey }) => idempotencyKey),
    endings: groupBy(
      history.entries.filter((entry) => !isRequest(entry)),
      ({ reservationId }) => unitOf(rowOf.get(reservationId)) ?? reservationId,
    ),
    rowOf,
    rowsOfKey: groupBy(facts.rows, (row) => keyOf(row, rowOf)),
  };
}

/** The id of the first reservation. It stands for all reservations that were made as one with it and end as one. */
export function unitOf(row: ReservationRow | undefined): number | undefined {
  return row?.groupId ?? row?.id;
}

/** Only the first of several reservations made as one carries their key. */
function keyOf(row: ReservationRow, rowOf: ReadonlyMap<number, ReservationRow>): string | null {
  const first = row.groupId === null ? row : rowOf.get(row.groupId);
  return first?.idempotencyKey ?? null;
}
