import { describe, expect, it } from 'vitest';

import { type Change, decideChanges } from './decide-changes.js';
import type { HeldReservation } from './held-reservations.js';

function held(reservationId: number, more: Partial<HeldReservation> = {}): HeldReservation {
  return {
    reservationId,
    slotId: 100 + reservationId,
    restaurantId: 1,
    memberId: 7,
    partySize: 2,
    seats: 2,
    groupId: null,
    status: 'PENDING',
    paymentId: null,
    paymentStatus: null,
    isDue: false,
    ...more,
  };
}

const confirm = (reservationId: number): Change => ({
  reservationId,
  decide: ({ status }) => (status === 'PENDING' ? 'CONFIRMED' : undefined),
});
const cancel = (reservationId: number): Change => ({
  reservationId,
  decide: ({ status }) => (status === 'CANCELLED' ? undefined : 'CANCELLED'),
});

describe('decideChanges', () => {
  it('lets each change find what the one before left, and writes each row once', () => {
    const { decided, rows, freed, changes } = decideChanges([held(1)], [confirm(1), cancel(1), confirm(1)]);
    expect(decided.map(({ before, after }) => [before?.status, after?.status])).toEqual([
      ['PENDING', 'CONFIRMED'],
      ['CONFIRMED', 'CANCELLED'],
      ['CANCELLED', 'CANCELLED'],
    ]);
    expect(rows.map(({ status }) => status)).toEqual(['CANCELLED']);
    expect([...freed]).toEqual([[101, 2]]);
    expect(changes.map(({ from, to, reason }) => [from, to, reason])).toEqual([
      ['PENDING', 'CONFIRMED', 'confirmed'],
      ['CONFIRMED', 'CANCELLED', 'cancelled-by-member'],
    ]);
  });

  it('adds the seats that are given back in one slot', () => {
    const rows = [held(1, { slotId: 9 }), held(2, { slotId: 9, seats: 3 }), held(3, { slotId: 8 })];
    expect([...decideChanges(rows, [cancel(3), cancel(1), cancel(2)]).freed]).toEqual([
      [8, 2],
      [9, 5],
    ]);
  });

  it('changes reservations made as one together, whichever of them is named', () => {
    const rows = [held(1, { groupId: 1 }), held(2, { groupId: 1 }), held(3)];
    const { decided, changes } = decideChanges(rows, [cancel(2)]);
    expect(changes.map(({ reservationId }) => reservationId)).toEqual([1, 2]);
    expect(decided[0]!.before?.reservationId).toBe(2);
    expect(decided[0]!.madeAsOne.map(({ status }) => status)).toEqual(['PENDING', 'PENDING']);
  });

  it('writes the news of a payment to the named reservation alone, and later changes know it', () => {
    const rows = [held(1, { groupId: 1 }), held(2, { groupId: 1 })];
    const paid: Change = { ...confirm(1), hear: () => ({ paymentId: 'p', paymentStatus: 'PAID' }) };
    const { rows: written, changes } = decideChanges(rows, [paid, cancel(1)]);
    expect(written.map(({ paymentId, paymentStatus }) => [paymentId, paymentStatus])).toEqual([
      ['p', 'PAID'],
      [null, null],
    ]);
    expect(changes.map(({ paymentStatus }) => paymentStatus)).toEqual([null, null, 'PAID', null]);
  });

  it('writes nothing for a reservation that does not exist, or that stays as it is', () => {
    const { decided, rows, changes } = decideChanges([held(1, { status: 'CONFIRMED' })], [confirm(1), cancel(2)]);
    expect([rows, changes]).toEqual([[], []]);
    expect(decided[1]).toMatchObject({ before: undefined, after: undefined, madeAsOne: [] });
  });
});
