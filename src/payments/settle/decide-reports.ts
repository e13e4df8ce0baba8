import type { SagaDraft } from '../events.js';
import type { Payment, PaymentChange, PaymentRecord } from '../payment-states.js';
import { type Decision, type Report, decideReport } from './decide-report.js';
import type { Mismatch } from './payment-mismatch.js';

/**
 * The effect of a report on a payment. `unchanged`: it was known, or it no longer matters. `mismatch`: the money is not
 * the requested money; this is noted, and the payment stays as it is.
 */
export type SettleResult = 'settled' | 'unchanged' | 'unknown-payment' | 'mismatch';

/** A line for a payment's history, in the order of the reports. */
export type Told = { step: PaymentRecord } | { mismatch: Mismatch };

/** What reports do to payments, all together. */
export interface Decisions {
  /** One for each report. */
  results: readonly SettleResult[];
  /** One for each payment that changes. */
  changes: readonly PaymentChange[];
  told: readonly Told[];
  messages: readonly SagaDraft[];
}

/** Decides reports in their order. Of several on one payment, each sees the payment as the one before leaves it. */
export function decideReports(payments: ReadonlyMap<number, Payment>, reports: readonly Report[]): Decisions {
  const now = new Map(payments);
  const told: Told[] = [];
  const messages: SagaDraft[] = [];
  const results = reports.map((report): SettleResult => {
    const payment = now.get(report.reservationId);
    if (payment === undefined) return 'unknown-payment';
    const decision = decideReport(payment, report);
    if (decision.kind === 'step') messages.push(decision.message);
    if ('after' in decision) now.set(report.reservationId, decision.after);
    told.push(...tellDecision(payment, report, decision));
    return resultOf(decision);
  });
  return { results, changes: changesOf(payments, now), told, messages };
}

function tellDecision({ status: from }: Payment, { reservationId, actor }: Report, decision: Decision): Told[] {
  if (decision.kind === 'step') {
    const { after, reason } = decision;
    return [{ step: { reservationId, from, to: after.status, reason, actor } }];
  }
  if (decision.kind !== 'mismatch') return [];
  return [{ mismatch: { reservationId, status: from, reason: decision.reason.slice(0, 255), actor } }];
}

function resultOf({ kind }: Decision): SettleResult {
  if (kind === 'step') return 'settled';
  return kind === 'mismatch' ? 'mismatch' : 'unchanged';
}

function changesOf(before: ReadonlyMap<number, Payment>, now: ReadonlyMap<number, Payment>): PaymentChange[] {
  return [...before].flatMap(([id, payment]) => {
    const after = now.get(id)!;
    return after === payment ? [] : [{ before: payment, after }];
  });
}
