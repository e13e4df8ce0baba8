import type { RequestEntry } from './history.js';
import type { ReservationRow } from './history-facts.js';
import type { HistoryLedger } from './history-ledger.js';
import type { Findings } from '../invariant-report.js';

type Acknowledged = RequestEntry & { outcome: { kind: 'reserved'; reservationId: number } };

/**
 * Compares the answers for each key with its reservations. Every acknowledged reservation must be there once. No
 * refused one may be there.
 */
export function judgeAcknowledged(ledger: HistoryLedger, findings: Findings): void {
  for (const [key, calls] of ledger.requests) {
    const acknowledged = calls.filter(isAcknowledged);
    judgeOnce(key, acknowledged, findings);
    judgePresence(ledger, acknowledged, findings);
    judgeRefusedOnly(ledger, calls, findings);
  }
  if (ledger.history.exclusive === true) findUnasked(ledger, findings);
}

function isAcknowledged(entry: RequestEntry): entry is Acknowledged {
  return entry.outcome.kind === 'reserved';
}

function judgeOnce(idempotencyKey: string, acknowledged: readonly Acknowledged[], findings: Findings): void {
  const ids = [...new Set(acknowledged.map(({ outcome }) => outcome.reservationId))];
  if (ids.length < 2) return;
  const text = `the key ${idempotencyKey} was acknowledged as ${ids.length} reservations: ${ids.slice(0, 10).join(', ')}`;
  findings.add({ kind: 'key-twice', idempotencyKey, reservationIds: ids.slice(0, 10), text });
}

/** Reports only the first difference of a key. */
function judgePresence(ledger: HistoryLedger, acknowledged: readonly Acknowledged[], findings: Findings): void {
  for (const entry of acknowledged) {
    const { idempotencyKey, memberId, outcome } = entry;
    const differences = differencesOf(ledger, entry);
    if (differences.length === 0) continue;
    const told = `reservation ${outcome.reservationId} was acknowledged to member ${memberId} with the key ${idempotencyKey}`;
    const reservationIds = [outcome.reservationId];
    const text = `${told}; ${differences.join(', ')}`;
    return findings.add({ kind: 'acknowledged-missing', idempotencyKey, memberId, reservationIds, text });
  }
}

function differencesOf(ledger: HistoryLedger, entry: Acknowledged): string[] {
  const row = ledger.rowOf.get(entry.outcome.reservationId);
  if (row === undefined) return ['it is not in the table'];
  const rows = row.groupId === null ? [row] : (ledger.rowsOfKey.get(row.idempotencyKey) ?? []);
  const differ = (name: string, told: unknown, found: unknown): string[] =>
    told === found ? [] : [`its ${name} is ${String(found)} instead of ${String(told)}`];
  return [
    ...differ('slot', sortedText(entry.slotIds), sortedText(rows.map(({ slotId }) => slotId))),
    ...differ('member', entry.memberId, row.memberId),
    ...differ('party', entry.partySize, row.partySize),
    ...differ('seats', entry.seats, row.seats),
    ...differ('key', entry.idempotencyKey, row.idempotencyKey),
  ];
}

function sortedText(ids: readonly number[]): string {
  return [...ids].sort((a, b) => a - b).join(' and ');
}

/**
 * When every call of a key was refused, or resolved as not reserved after it had ended, the key must have written
 * nothing.
 */
function judgeRefusedOnly(ledger: HistoryLedger, calls: readonly RequestEntry[], findings: Findings): void {
  const [{ idempotencyKey, memberId }] = calls as [RequestEntry];
  const [row] = ledger.rowsOfKey.get(idempotencyKey) ?? [];
  if (row === undefined || calls.some((call) => mayHaveWritten(call, calls, ledger.clockToleranceMs))) return;
  const text = `reservation ${row.id} is in the table, but every call with its key ${idempotencyKey} was told that nothing was reserved`;
  findings.add({ kind: 'refused-but-written', idempotencyKey, memberId, reservationIds: [row.id], text });
}

function mayHaveWritten(call: RequestEntry, calls: readonly RequestEntry[], toleranceMs: number): boolean {
  if (call.call === 'resolve' || ['sold-out', 'duplicate', 'contended'].includes(call.outcome.kind)) return false;
  return !calls.some(
    (other) => other.outcome.kind === 'not-reserved' && other.startedAtMs > call.endedAtMs + toleranceMs,
  );
}

function findUnasked(ledger: HistoryLedger, findings: Findings): void {
  for (const [key, rows] of ledger.rowsOfKey) {
    if (key === null || !ledger.requests.has(key)) for (const row of rows) findings.add(describeUnasked(row, key));
  }
}

function describeUnasked({ id, slotId, memberId }: ReservationRow, key: string | null) {
  const asked = key === null ? 'it has no key' : `nobody used its key ${key}`;
  const text = `reservation ${id} of slot ${slotId} for member ${memberId} was not asked for: ${asked}`;
  return { kind: 'not-asked-for', slotId, memberId, reservationIds: [id], text } as const;
}
