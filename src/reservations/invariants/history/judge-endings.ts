import type { ReservationStatus } from '../../reservation.js';
import type { ReservationEntry } from './history.js';
import type { HistoryLedger } from './history-ledger.js';
import type { Findings, ViolationKind } from '../invariant-report.js';

/** The states that a reservation may have after a call got this answer. Other answers say nothing about its state. */
const statesAfter: Readonly<Record<ReservationEntry['call'], Readonly<Record<string, readonly ReservationStatus[]>>>> =
  {
    cancel: { cancelled: ['CANCELLED'], 'already-cancelled': ['CANCELLED'], expired: ['EXPIRED'] },
    confirm: {
      confirmed: ['CONFIRMED', 'CANCELLED'],
      'already-confirmed': ['CONFIRMED', 'CANCELLED'],
      cancelled: ['CANCELLED'],
      expired: ['PENDING', 'EXPIRED', 'CANCELLED'],
    },
    expire: {
      expired: ['EXPIRED'],
      'already-expired': ['EXPIRED'],
      confirmed: ['CONFIRMED', 'CANCELLED'],
      cancelled: ['CANCELLED'],
    },
  };

/**
 * Compares the answers to cancelling, confirming and expiring with each other and with the states in the table. Only
 * one call may have released the seats, and only one may have confirmed.
 */
export function judgeEndings(ledger: HistoryLedger, findings: Findings): void {
  for (const [unit, entries] of ledger.endings) {
    const told = (kind: string): ReservationEntry[] => entries.filter(({ outcome }) => outcome.kind === kind);
    const released = entries.filter(isRelease);
    const confirmed = entries.filter(({ call, outcome }) => call === 'confirm' && outcome.kind === 'confirmed');
    const accuse = (kind: ViolationKind, text: string): void =>
      findings.add({ kind, reservationIds: [unit], text: `reservation ${unit} ${text}` });
    if (released.length > 1) accuse('released-twice', `was released by ${describe(released)}`);
    if (confirmed.length > 1) accuse('confirmed-twice', `was confirmed by ${describe(confirmed)}`);
    const status = ledger.rowOf.get(unit)?.status;
    const expired =
      released.some(({ call }) => call === 'expire') || status === 'EXPIRED' || told('already-expired').length > 0;
    if (confirmed.length > 0 && expired)
      accuse('confirmed-and-expired', `was told to be confirmed by ${describe(confirmed)}, and expired`);
    else judgeState(entries, status, (text) => accuse('state-differs', text));
  }
}

function isRelease({ call, outcome }: ReservationEntry): boolean {
  return (call === 'cancel' && outcome.kind === 'cancelled') || (call === 'expire' && outcome.kind === 'expired');
}

/** Reports only the first impossible answer. */
function judgeState(
  entries: readonly ReservationEntry[],
  status: ReservationStatus | undefined,
  accuse: (text: string) => void,
): void {
  for (const entry of entries) {
    const states = statesAfter[entry.call][entry.outcome.kind];
    if (states === undefined || (status !== undefined && states.includes(status))) continue;
    return accuse(`is ${status ?? 'not in the table'} although a call was told otherwise: ${describe([entry])}`);
  }
}

function describe(entries: readonly ReservationEntry[]): string {
  const calls = entries.map(({ call, outcome, startedAtMs, endedAtMs }) => {
    return `${call} → ${outcome.kind} (${startedAtMs.toFixed(1)} to ${endedAtMs.toFixed(1)} ms)`;
  });
  return calls.slice(0, 10).join(' and ');
}
