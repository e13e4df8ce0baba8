import type { RequestEntry, ReservationEntry } from './history.js';
import type { ReservationRow } from './history-facts.js';
import { type HistoryLedger, unitOf } from './history-ledger.js';
import type { Holding } from './most-seats.js';

/** Within these times, a reservation may have held seats of a slot. Outside of them, it certainly did not. */
export interface PossibleLife extends Holding {
  slotId: number;
  memberId: number;
  /** Undefined when no such reservation is in the table. */
  reservationId?: number | undefined;
}

/**
 * When each reservation may have been live, as widely as the history allows:
 *
 * - in the table: from the first call with its key to the end of the first call which says that its seats had been
 *   given back. When no call says so, for ever;
 * - not in the table: during a call that failed or was contended. When the call's outcome is unknown, from its
 *   beginning for ever. The same when it was acknowledged, which is a violation of its own;
 * - with a key that is not in the history: from the beginning of time.
 */
export function possibleLives(ledger: HistoryLedger): PossibleLife[] {
  const lives: PossibleLife[] = [];
  for (const [key, rows] of ledger.rowsOfKey) {
    const calls = key === null ? undefined : ledger.requests.get(key);
    for (const row of rows) lives.push(lifeOfRow(ledger, row, calls));
  }
  for (const [key, calls] of ledger.requests) {
    if (!ledger.rowsOfKey.has(key)) for (const call of calls) lives.push(...livesOfCall(call));
  }
  return lives;
}

function lifeOfRow(
  ledger: HistoryLedger,
  row: ReservationRow,
  calls: readonly RequestEntry[] | undefined,
): PossibleLife {
  const { slotId, memberId, seats, id } = row;
  const fromMs = calls === undefined ? -Infinity : earliest(calls, ({ startedAtMs }) => startedAtMs);
  const endings = (ledger.endings.get(unitOf(row) ?? id) ?? []).filter(saysGivenBack);
  return { slotId, memberId, seats, reservationId: id, fromMs, toMs: earliest(endings, ({ endedAtMs }) => endedAtMs) };
}

/** A confirmation gets `expired` even when the hold is only due and its seats are still held. */
function saysGivenBack({ call, outcome: { kind } }: ReservationEntry): boolean {
  if (call === 'confirm') return kind === 'cancelled';
  return ['cancelled', 'already-cancelled', 'expired', 'already-expired'].includes(kind);
}

function livesOfCall(call: RequestEntry): PossibleLife[] {
  const { slotIds, memberId, seats, startedAtMs, outcome } = call;
  if (outcome.kind === 'sold-out' || outcome.kind === 'duplicate' || call.call === 'resolve') return [];
  const isOver = outcome.kind === 'failed' || outcome.kind === 'contended';
  const toMs = isOver ? call.endedAtMs : Infinity;
  return slotIds.map((slotId) => ({ slotId, memberId, seats, fromMs: startedAtMs, toMs }));
}

/** A loop, because a popular key would exceed the limit of an argument list. */
function earliest<Item>(items: readonly Item[], momentOf: (item: Item) => number): number {
  return items.reduce((least, item) => Math.min(least, momentOf(item)), Infinity);
}
