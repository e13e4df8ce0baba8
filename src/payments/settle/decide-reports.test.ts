import { describe, expect, it } from 'vitest';

import type { Payment, PaymentStatus } from '../payment-states.js';
import type { Report } from './decide-report.js';
import { decideReports } from './decide-reports.js';

const MONEY = { amount: 10_000, currency: 'KRW' };

function paymentOf(reservationId: number, status: PaymentStatus): Payment {
  return { reservationId, status, ...MONEY, providerId: null, reason: null, traceparent: null };
}

function approved(reservationId: number, { amount = 10_000, providerId = `pay_${reservationId}` } = {}): Report {
  return {
    reservationId,
    actor: 'test',
    of: 'approval',
    outcome: { kind: 'approved', providerId, amount, currency: 'KRW' },
  };
}

function cancelled(reservationId: number): Report {
  return { reservationId, actor: 'test', of: 'refund', outcome: { kind: 'cancelled', providerId: '', ...MONEY } };
}

function decide(payments: readonly Payment[], reports: readonly Report[]) {
  return decideReports(new Map(payments.map((payment) => [payment.reservationId, payment])), reports);
}

describe('reports that are decided together', () => {
  it('see the payment as the report before leaves it', () => {
    const late = [approved(1), cancelled(1), approved(1), cancelled(1)];
    const { results, changes, told, messages } = decide([paymentOf(1, 'FAILED')], late);
    expect(results).toEqual(['settled', 'settled', 'unchanged', 'unchanged']);
    expect(changes).toEqual([
      { before: paymentOf(1, 'FAILED'), after: { ...paymentOf(1, 'REFUNDED'), providerId: 'pay_1', reason: '' } },
    ]);
    expect(told.map((each) => 'step' in each && `${each.step.from} ${each.step.to}`)).toEqual([
      'FAILED REFUNDING',
      'REFUNDING REFUNDED',
    ]);
    expect(messages.map(({ type }) => type)).toEqual(['RefundRequested', 'PaymentRefunded']);
  });

  it('compare the name of the payment with the one that an earlier report gave', () => {
    const reports = [approved(1), approved(1, { providerId: 'pay_2' })];
    const { results, told } = decide([paymentOf(1, 'READY')], reports);
    expect(results).toEqual(['settled', 'mismatch']);
    expect(told[1]).toMatchObject({ mismatch: { reservationId: 1, status: 'PAID' } });
  });

  it('change no payment of other money, none that is over, and none that is not there', () => {
    const payments = [paymentOf(1, 'READY'), paymentOf(2, 'REFUNDED')];
    const reports = [approved(1, { amount: 9000 }), cancelled(2), approved(3)];
    const { results, changes, messages } = decide(payments, reports);
    expect(results).toEqual(['mismatch', 'unchanged', 'unknown-payment']);
    expect([changes, messages]).toEqual([[], []]);
  });

  it('remember the name of a pending payment, without a line in its history', () => {
    const pending: Report = {
      reservationId: 1,
      actor: 'test',
      of: 'approval',
      outcome: { kind: 'pending', providerId: 'pay_1' },
    };
    const { results, changes, told } = decide([paymentOf(1, 'READY')], [pending, { ...pending }]);
    expect([results, told]).toEqual([['unchanged', 'unchanged'], []]);
    expect(changes.map(({ after }) => [after.status, after.providerId])).toEqual([['READY', 'pay_1']]);
  });
});
