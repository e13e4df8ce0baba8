import type { Transaction } from '../../database/index.js';
import { appendToOutbox } from '../../messaging/index.js';
import { type PaymentRecord, lockPayments, recordPayments, writePayments } from '../payment-states.js';
import type { Report } from './decide-report.js';
import { type Decisions, type SettleResult, type Told, decideReports } from './decide-reports.js';
import { type Mismatch, noteMismatches } from './payment-mismatch.js';

/**
 * Applies the provider's reports, in their order, in the caller's transaction. However many they are, it runs the same
 * few statements. Resolves with the effect of each.
 */
export async function settlePayments(tx: Transaction, reports: readonly Report[]): Promise<readonly SettleResult[]> {
  const decisions = await decideLocked(tx, reports);
  await writeDecisions(tx, decisions);
  return decisions.results;
}

/** Locks the payments that the reports are about, and decides the reports. */
export async function decideLocked(tx: Transaction, reports: readonly Report[]): Promise<Decisions> {
  const payments = await lockPayments(
    tx,
    reports.map(({ reservationId }) => reservationId),
  );
  return decideReports(payments, reports);
}

/** Writes what was decided under the payments' locks: the payments, their histories, mismatches and messages. */
export async function writeDecisions(tx: Transaction, { changes, told, messages }: Decisions): Promise<void> {
  await writePayments(tx, changes);
  const news = await noteMismatches(
    tx,
    told.flatMap((each) => ('mismatch' in each ? [each.mismatch] : [])),
  );
  await recordPayments(
    tx,
    told.flatMap((each) => recordsOf(each, news)),
  );
  await appendToOutbox(tx, messages);
}

function recordsOf(told: Told, news: ReadonlySet<Mismatch>): PaymentRecord[] {
  if ('step' in told) return [told.step];
  if (!news.has(told.mismatch)) return [];
  const { reservationId, status, reason, actor } = told.mismatch;
  return [{ reservationId, from: status, to: status, reason: `mismatch: ${reason}`, actor }];
}
