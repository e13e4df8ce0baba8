import { describe, expect, it } from 'vitest';

import type { ReservationRow } from './history-facts.js';
import type { History, HistoryEntry, RequestEntry } from './history.js';
import { Findings, type Violation } from '../invariant-report.js';
import { judgeHistory } from './judge-history.js';

type Outcome = RequestEntry['outcome'];

const capacities = new Map([
  [1, 2],
  [2, 2],
]);

/** A call of member `memberId` for one seat of slot 1, its key `k<memberId>`. */
function reserve(memberId: number, [startedAtMs, endedAtMs]: [number, number], outcome: Outcome, more: object = {}) {
  const request = { slotIds: [1], memberId, partySize: 1, seats: 1, idempotencyKey: `k${memberId}` };
  return { call: 'reserve', ...request, startedAtMs, endedAtMs, outcome, ...more } as HistoryEntry;
}

function end(
  call: 'cancel' | 'confirm' | 'expire',
  reservationId: number,
  [startedAtMs, endedAtMs]: [number, number],
  kind: string,
) {
  const member = call === 'cancel' ? { memberId: reservationId } : {};
  return { call, reservationId, ...member, startedAtMs, endedAtMs, outcome: { kind } } as HistoryEntry;
}

/** The reservation of the same number that `reserve(memberId, …)` makes. */
function row(id: number, more: Partial<ReservationRow> = {}): ReservationRow {
  const key = { groupId: null, status: 'PENDING' as const, idempotencyKey: `k${id}` };
  return { id, slotId: 1, memberId: id, partySize: 1, seats: 1, ...key, ...more };
}

const reserved = (reservationId: number): Outcome => ({ kind: 'reserved', reservationId });
const soldOut: Outcome = { kind: 'sold-out' };
const failed: Outcome = { kind: 'failed', code: 'CONNECTION_LOST' };

function judge(entries: HistoryEntry[], rows: ReservationRow[], more: Partial<History> = {}): readonly Violation[] {
  const findings = new Findings(100);
  judgeHistory({ entries, clockToleranceMs: 0, exclusive: true, ...more }, { capacities, rows }, findings);
  return findings.report().violations;
}

const kinds = (violations: readonly Violation[]): string[] => violations.map(({ kind }) => kind);

describe('a history', () => {
  const full = [reserve(1, [0, 10], reserved(1)), reserve(2, [0, 10], reserved(2))];
  const fullRows = [row(1), row(2)];

  it('that is true has nothing to be said against it', () => {
    const entries = [
      ...full,
      reserve(3, [11, 12], soldOut),
      reserve(2, [13, 14], { kind: 'duplicate', reservationId: 2 }, { idempotencyKey: 'again' }),
      reserve(1, [13, 14], reserved(1)),
      end('confirm', 2, [20, 21], 'confirmed'),
      end('cancel', 1, [20, 30], 'cancelled'),
      end('cancel', 1, [25, 35], 'already-cancelled'),
      reserve(4, [25, 40], reserved(4)),
      reserve(1, [50, 51], reserved(1)),
    ];
    const rows = [row(1, { status: 'CANCELLED' }), row(2, { status: 'CONFIRMED' }), row(4)];
    expect(judge(entries, rows)).toEqual([]);
  });

  it.each<[string, Partial<ReservationRow>, string]>([
    ['member', { memberId: 9 }, 'its member is 9 instead of 1'],
    ['party', { partySize: 4 }, 'its party is 4 instead of 1'],
    ['seats', { seats: 3 }, 'its seats is 3 instead of 1'],
    ['slot', { slotId: 2 }, 'its slot is 2 instead of 1'],
  ])('that was acknowledged for another %s is found', (_name, difference, text) => {
    const [violation, ...others] = judge([reserve(1, [0, 10], reserved(1))], [row(1, difference)]);
    expect(others).toEqual([]);
    expect(violation).toMatchObject({ kind: 'acknowledged-missing', idempotencyKey: 'k1', reservationIds: [1] });
    expect(violation?.text).toContain(text);
  });

  it('that acknowledged what is not there is found', () => {
    expect(judge([reserve(1, [0, 10], reserved(1))], [])).toMatchObject([
      { kind: 'acknowledged-missing', memberId: 1, idempotencyKey: 'k1', reservationIds: [1] },
    ]);
  });

  it('that acknowledged several slots of which one is missing is found', () => {
    const both = reserve(1, [0, 10], reserved(1), { slotIds: [2, 1] });
    const rest = row(2, { slotId: 2, memberId: 1, groupId: 1, idempotencyKey: null });
    expect(judge([both], [row(1, { groupId: 1 }), rest])).toEqual([]);
    expect(judge([both], [row(1, { groupId: 1 })])[0]?.text).toContain('its slot is 1 instead of 1 and 2');
  });

  it('that acknowledged one key twice is found', () => {
    const entries = [reserve(1, [0, 10], reserved(1)), reserve(1, [20, 30], reserved(2))];
    const violations = judge(entries, [row(1), row(2, { memberId: 1, slotId: 2, idempotencyKey: 'other' })]);
    expect(violations[1]).toMatchObject({ kind: 'key-twice', idempotencyKey: 'k1', reservationIds: [1, 2] });
  });

  it('that refused while a seat was free in all that time is found', () => {
    const entries = [
      reserve(1, [0, 10], reserved(1)),
      reserve(2, [20, 30], reserved(2)),
      reserve(3, [11, 19], soldOut),
    ];
    expect(judge(entries, fullRows)).toMatchObject([
      { kind: 'sold-out-unjustified', slotId: 1, memberId: 3, idempotencyKey: 'k3' },
    ]);
  });

  it.each<[string, HistoryEntry[], ReservationRow[]]>([
    ['a grant may have been earlier', [...full, reserve(3, [0, 1], soldOut)], fullRows],
    [
      'a release may have been later',
      [...full, end('cancel', 1, [15, 30], 'cancelled'), reserve(3, [30, 40], soldOut)],
      [row(1, { status: 'CANCELLED' }), row(2)],
    ],
    [
      'a call that failed may have held seats',
      [reserve(1, [0, 10], reserved(1)), reserve(2, [20, 30], failed), reserve(3, [25, 40], soldOut)],
      [row(1)],
    ],
    [
      'a call of unknown outcome may have held them ever since',
      [
        reserve(1, [0, 1], reserved(1)),
        reserve(2, [2, 3], { kind: 'unknown', idempotencyKey: 'k2' }),
        reserve(3, [90, 91], soldOut),
      ],
      [row(1)],
    ],
    [
      'a call that failed had written',
      [reserve(1, [0, 1], reserved(1)), reserve(2, [2, 3], failed), reserve(3, [90, 91], soldOut)],
      fullRows,
    ],
    [
      'a party may be too large for what is left',
      [reserve(1, [0, 1], reserved(1)), reserve(3, [2, 3], soldOut, { seats: 2 })],
      [row(1)],
    ],
    ['one of several slots was full', [...full, reserve(3, [20, 30], soldOut, { slotIds: [2, 1] })], fullRows],
  ])('is not accused of a refusal when %s', (_why, entries, rows) => {
    expect(judge(entries, rows)).toEqual([]);
  });

  it('that refused after a release was told is found', () => {
    const entries = [...full, end('cancel', 1, [15, 20], 'cancelled'), reserve(3, [21, 40], soldOut)];
    expect(kinds(judge(entries, [row(1, { status: 'CANCELLED' }), row(2)]))).toEqual(['sold-out-unjustified']);
  });

  it('counts what others may have held, or what is said to have been taken before', () => {
    const entries = [reserve(3, [0, 10], soldOut)];
    const strangers = [row(1), row(2)];
    expect(judge(entries, strangers, { exclusive: false })).toEqual([]);
    const before = (seats: number) => ({ exclusive: false, seatsBefore: new Map([[1, seats]]) });
    expect(judge(entries, strangers, before(2))).toEqual([]);
    expect(kinds(judge(entries, strangers, before(1)))).toEqual(['sold-out-unjustified']);
  });

  it('of clocks that may be apart is judged with that tolerance', () => {
    const entries = [...full, end('cancel', 1, [15, 20], 'cancelled'), reserve(3, [21, 40], soldOut)];
    expect(judge(entries, [row(1, { status: 'CANCELLED' }), row(2)], { clockToleranceMs: 1 })).toEqual([]);
  });

  it.each<[string, number, Partial<ReservationRow>]>([
    ['is not there', 7, {}],
    ["is another member's", 1, { memberId: 2 }],
    ['is of another slot', 1, { slotId: 2 }],
    ['was made by the same key', 1, { idempotencyKey: 'mine' }],
    ['had been cancelled', 1, { status: 'CANCELLED' }],
  ])('that refused a member for a reservation that %s is found', (_why, reservationId, difference) => {
    const entries = [
      reserve(1, [0, 1], { kind: 'failed', code: 'ABORTED' }),
      reserve(1, [30, 40], { kind: 'duplicate', reservationId }, { idempotencyKey: 'mine' }),
      ...(difference.status === 'CANCELLED' ? [end('cancel', 1, [10, 20], 'cancelled')] : []),
    ];
    const violations = judge(entries, [row(1, difference)]);
    expect(kinds(violations)).toContain('duplicate-unjustified');
    expect(violations.find(({ kind }) => kind === 'duplicate-unjustified')).toMatchObject({
      memberId: 1,
      idempotencyKey: 'mine',
    });
  });

  it('that refused a key it had granted before is found', () => {
    const late = reserve(1, [20, 30], soldOut);
    expect(kinds(judge([...full, late], fullRows))).toEqual(['sold-out-unjustified']);
    expect(judge([...full, reserve(1, [9, 30], soldOut)], fullRows)).toEqual([]);
  });

  it('that only refused a key with a reservation is found', () => {
    expect(judge([...full, reserve(3, [20, 30], soldOut)], [...fullRows, row(3)])).toMatchObject([
      { kind: 'refused-but-written', idempotencyKey: 'k3', reservationIds: [3] },
    ]);
    expect(judge([...full, reserve(3, [20, 30], failed)], [...fullRows, row(3)])).toEqual([]);
  });

  it('that resolved an unknown outcome as nothing although it was written is found', () => {
    const unknown = reserve(1, [0, 10], { kind: 'unknown', idempotencyKey: 'k1' });
    const resolved = { ...unknown, call: 'resolve', startedAtMs: 20, endedAtMs: 30, outcome: { kind: 'not-reserved' } };
    const entries = [unknown, resolved as HistoryEntry];
    expect(judge(entries, [])).toEqual([]);
    expect(kinds(judge(entries, [row(1)]))).toEqual(['refused-but-written']);
    expect(judge([...entries, reserve(1, [40, 50], reserved(1))], [row(1)])).toEqual([]);
  });

  it.each<[string, HistoryEntry[]]>([
    ['two cancellations', [end('cancel', 1, [20, 21], 'cancelled'), end('cancel', 1, [20, 22], 'cancelled')]],
    ['a cancellation and an expiry', [end('cancel', 1, [20, 21], 'cancelled'), end('expire', 1, [20, 22], 'expired')]],
  ])('in which %s gave the same seats back is found', (_name, endings) => {
    const violations = judge([...full, ...endings], [row(1, { status: 'CANCELLED' }), row(2)]);
    expect(violations[0]).toMatchObject({ kind: 'released-twice', reservationIds: [1] });
  });

  it('in which two parts of one whole were released apart is found', () => {
    const both = reserve(1, [0, 10], reserved(1), { slotIds: [1, 2] });
    const rows = [
      row(1, { groupId: 1, status: 'CANCELLED' }),
      row(2, { memberId: 1, slotId: 2, groupId: 1, status: 'CANCELLED', idempotencyKey: null }),
    ];
    const endings = [end('cancel', 1, [20, 21], 'cancelled'), end('cancel', 2, [30, 31], 'cancelled')];
    expect(kinds(judge([both, ...endings], rows))).toEqual(['released-twice']);
  });

  it.each<[string, ReservationRow['status'], HistoryEntry[]]>([
    ['was told by another call', 'EXPIRED', [end('expire', 1, [20, 30], 'expired')]],
    ['is in the table', 'EXPIRED', []],
  ])('in which a confirmed hold expired, as %s, is found', (_name, status, endings) => {
    const entries = [...full, end('confirm', 1, [20, 30], 'confirmed'), ...endings];
    expect(kinds(judge(entries, [row(1, { status }), row(2)]))).toEqual(['confirmed-and-expired']);
  });

  it('in which two calls confirmed the same hold is found', () => {
    const entries = [...full, end('confirm', 1, [20, 30], 'confirmed'), end('confirm', 1, [20, 31], 'confirmed')];
    expect(kinds(judge(entries, [row(1, { status: 'CONFIRMED' }), row(2)]))).toEqual(['confirmed-twice']);
  });

  it.each<['cancel' | 'confirm' | 'expire', string, ReservationRow['status']]>([
    ['cancel', 'cancelled', 'PENDING'],
    ['cancel', 'already-cancelled', 'CONFIRMED'],
    ['confirm', 'confirmed', 'PENDING'],
    ['confirm', 'expired', 'CONFIRMED'],
    ['expire', 'expired', 'PENDING'],
    ['expire', 'confirmed', 'EXPIRED'],
  ])('in which %s was told %s and the table says %s is found', (call, outcome, status) => {
    const violations = judge([...full, end(call, 1, [20, 30], outcome)], [row(1, { status }), row(2)]);
    expect(violations).toMatchObject([{ kind: 'state-differs', reservationIds: [1] }]);
  });

  it('that is all there was does not let a reservation of no known key pass', () => {
    expect(judge(full, [...fullRows, row(3, { slotId: 2 })])).toMatchObject([
      { kind: 'not-asked-for', slotId: 2, memberId: 3, reservationIds: [3] },
    ]);
    expect(judge(full, [...fullRows, row(3, { slotId: 2 })], { exclusive: false })).toEqual([]);
  });
});
