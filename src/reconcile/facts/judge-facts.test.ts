import { describe, expect, it } from 'vitest';

import type { PaymentStatus } from '../../payments/index.js';
import type { PaymentHeard, ReservationStatus } from '../../reservations/index.js';
import type { CompensationState } from '../../saga/index.js';
import { type Facts, judgeFacts } from './judge-facts.js';

const SEATS: (ReservationStatus | undefined)[] = ['PENDING', 'CONFIRMED', 'CANCELLED', 'EXPIRED', undefined];
const HEARD: PaymentHeard[] = [null, 'PAID', 'FAILED', 'REFUNDED', 'REFUND_FAILED'];
const PAYMENTS: (PaymentStatus | undefined)[] = [
  'READY',
  'PAID',
  'FAILED',
  'REFUNDING',
  'REFUNDED',
  'REFUND_FAILED',
  undefined,
];
const COMPENSATIONS: (CompensationState | undefined)[] = [
  'REFUND_REQUESTED',
  'REFUNDED',
  'COMPENSATION_FAILED',
  'RESOLVED',
  undefined,
];

interface Ages {
  reservation: boolean;
  payment: boolean;
  compensation: boolean;
}

function allFacts({ reservation, payment, compensation }: Ages): Facts[] {
  return SEATS.flatMap((status) =>
    HEARD.flatMap((heard) =>
      PAYMENTS.flatMap((paid) =>
        COMPENSATIONS.flatMap((state) =>
          [true, false].map((isUnnamed) => ({
            reservation: status && { status, heard, isOld: reservation, isOverdue: false },
            payment: paid && { status: paid, isUnnamed, isOld: payment },
            compensation: state && { state, isOld: compensation },
          })),
        ),
      ),
    ),
  );
}

const ALL_OLD = { reservation: true, payment: true, compensation: true };

function isKeptForNothing({ reservation, payment, compensation }: Facts): boolean {
  const isKept = payment !== undefined && ['PAID', 'REFUND_FAILED'].includes(payment.status);
  const isHeld = reservation !== undefined && ['PENDING', 'CONFIRMED'].includes(reservation.status);
  return isKept && !isHeld && compensation?.state !== 'RESOLVED';
}

describe('judgeFacts', () => {
  it('finds nothing where all is young', () => {
    const ages = { reservation: false, payment: false, compensation: false };
    for (const facts of allFacts(ages)) expect(judgeFacts(facts)).toBeUndefined();
  });

  it('finds nothing at a payment that has just changed, but for due holds', () => {
    for (const facts of allFacts({ ...ALL_OLD, payment: false })) {
      if (facts.payment !== undefined) expect(judgeFacts(facts)).toBeUndefined();
    }
  });

  it('finds something wherever money is kept and no seat is held, unless an operator settled it', () => {
    for (const facts of allFacts(ALL_OLD).filter(isKeptForNothing)) {
      expect([facts, judgeFacts(facts)?.name]).not.toContain(undefined);
    }
  });

  it('never asks for money back that an operator has settled', () => {
    for (const facts of allFacts(ALL_OLD)) {
      if (facts.compensation?.state !== 'RESOLVED') continue;
      expect([facts, judgeFacts(facts)?.needed.kind]).not.toContain('look-up-refund');
      expect([facts, judgeFacts(facts)?.needed.kind]).not.toContain('request-refund-again');
    }
  });

  it('looks a payment up that failed without a word of the provider, once its reservation is over', () => {
    for (const facts of allFacts(ALL_OLD)) {
      const isOver = !['PENDING', 'CONFIRMED'].includes(facts.reservation?.status ?? '');
      const isUnsaid = facts.payment?.status === 'FAILED' && facts.payment.isUnnamed;
      expect(judgeFacts(facts)?.needed.kind === 'look-up-unnamed').toBe(isOver && isUnsaid);
    }
  });

  it('never asks for a refund, nor ends a payment, while the seat is held', () => {
    for (const facts of allFacts(ALL_OLD)) {
      if (facts.reservation?.status !== 'CONFIRMED') continue;
      const needed = judgeFacts(facts)?.needed;
      expect(needed?.kind).not.toBe('request-refund');
      if (needed?.kind === 'look-up-payment') expect(needed.ifUnknown).toBe('ask-again');
      if (needed?.kind === 'request-refund-again') expect(facts.payment?.status).toBe('REFUND_FAILED');
    }
  });
});
