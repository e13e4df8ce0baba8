import type { Database, Transaction } from '../../database/index.js';
import { toExactNumber } from '../../database/connections/exact-numbers.js';
import type { Findings, Violation, ViolationKind } from './invariant-report.js';
import { type KeyRange, walkKeys } from './key-ranges.js';

/**
 * Slots of one snapshot. They are few enough to be read in a moment, and many enough that the round trips do not
 * matter.
 */
const SLOTS_AT_ONCE = 2000;

const NEXT_SLOT = `SELECT {slot.id} AS upTo FROM {slot} WHERE {slot.id} > ? ORDER BY {slot.id}
  LIMIT 1 OFFSET ${SLOTS_AT_ONCE - 1}`;

const IS_LIVE = `h.{reservation.status} IN ('PENDING', 'CONFIRMED')`;

/**
 * The slots of a range, the seats of their reservations, and their restaurant. It needs an index that begins with the
 * reservation's slot, which is searched slot by slot. When a range of that index is grouped instead, MySQL reads the
 * whole index for each range. MariaDB groups only by the named columns, so the others use MAX, which is the value of
 * the one slot.
 */
const SLOTS_AND_HELD = `(
    SELECT c.{slot.id} AS slotId, MAX(c.{slot.restaurantId}) AS restaurantId, MAX(c.{slot.date}) AS date, MAX(c.{slot.time}) AS time,
      MAX(c.{slot.capacity}) AS capacity, MAX(c.{slot.count}) AS count, COUNT(h.{reservation.id}) AS total,
      COALESCE(SUM(${IS_LIVE}), 0) AS live, COALESCE(SUM(CASE WHEN ${IS_LIVE} THEN h.{reservation.seats} END), 0) AS seats,
      COUNT(DISTINCT CASE WHEN ${IS_LIVE} THEN h.{reservation.memberId} END) AS members
    FROM {slot} c LEFT JOIN {reservation} h ON h.{reservation.slotId} = c.{slot.id}
    WHERE c.{slot.id} > ? AND c.{slot.id} <= ? GROUP BY c.{slot.id}
  ) s
  LEFT JOIN {restaurant} r ON r.{restaurant.id} = s.restaurantId`;

const COUNT_DIFFERS = 's.count <> s.seats';
const OVERBOOKED = 'GREATEST(s.count, s.seats) > s.capacity';
const RESTAURANT_MISSING = 'r.{restaurant.id} IS NULL';

/** A comparison with NULL is neither true nor false, so the other conditions do not find such a slot. */
const IS_NULL = '(s.count IS NULL OR s.capacity IS NULL OR s.date IS NULL OR s.time IS NULL)';

const SUM_UP = `
  SELECT COUNT(*) AS slots, COALESCE(SUM(s.total), 0) AS reservations, COALESCE(SUM(${COUNT_DIFFERS}), 0) AS countDiffers,
    COALESCE(SUM(${OVERBOOKED}), 0) AS overbooked, COALESCE(SUM(${RESTAURANT_MISSING}), 0) AS restaurantMissing,
    COALESCE(SUM(${IS_NULL}), 0) AS nullValues, COALESCE(SUM(s.live <> s.members), 0) AS membersTwice
  FROM ${SLOTS_AND_HELD}`;

const COUNT_SLOTS = 'SELECT COUNT(*) AS slots FROM {slot}';

const COUNT_RESERVATIONS = `SELECT COUNT(*) AS reservations FROM {reservation}
  WHERE {reservation.slotId} > ? AND {reservation.slotId} <= ?`;

const listSlots = (condition: string): string => `
  SELECT s.slotId, s.restaurantId, s.date, TIME_FORMAT(s.time, '%H:%i') AS time, s.capacity, s.count, s.seats
  FROM ${SLOTS_AND_HELD} WHERE ${condition} ORDER BY s.slotId LIMIT ?`;

const LIST_MEMBERS_TWICE = `
  SELECT h.{reservation.slotId} AS slotId, h.{reservation.memberId} AS memberId, COUNT(*) AS live, COUNT(*) OVER () AS found,
    SUBSTRING_INDEX(GROUP_CONCAT(h.{reservation.id} ORDER BY h.{reservation.id}), ',', 10) AS ids
  FROM {reservation} h WHERE h.{reservation.slotId} > ? AND h.{reservation.slotId} <= ? AND ${IS_LIVE}
  GROUP BY h.{reservation.slotId}, h.{reservation.memberId} HAVING COUNT(*) > 1
  ORDER BY h.{reservation.slotId}, h.{reservation.memberId} LIMIT ?`;

const LIST_SLOTLESS = `
  SELECT o.{reservation.id} AS id, o.{reservation.slotId} AS slotId, o.{reservation.memberId} AS memberId
  FROM {reservation} o LEFT JOIN {slot} s ON s.{slot.id} = o.{reservation.slotId}
  WHERE o.{reservation.slotId} > ? AND o.{reservation.slotId} <= ? AND s.{slot.id} IS NULL
  ORDER BY o.{reservation.slotId}, o.{reservation.id} LIMIT ?`;

interface SlotRow {
  slotId: number;
  restaurantId: number;
  date: string | null;
  time: string | null;
  capacity: number | null;
  count: number | null;
  seats: string;
}

/** A range that is read in one snapshot. */
interface Look {
  tx: Transaction;
  range: KeyRange;
  findings: Findings;
}

/** Settings of {@link checkSlots}. */
export interface CheckSlotsOptions {
  signal: AbortSignal | undefined;
  onProgress: ((slotsChecked: number, slots: number) => void) | undefined;
}

/**
 * Compares every slot with its reservations and its restaurant, and every reservation with its slot. The server
 * computes the sums. Rows are listed only for a range with a violation.
 */
export async function checkSlots(
  database: Database,
  findings: Findings,
  { signal, onProgress }: CheckSlotsOptions,
): Promise<void> {
  const [total] = onProgress === undefined ? [] : await database.query<{ slots: number }>(COUNT_SLOTS);
  await walkKeys(database, {
    nextKey: NEXT_SLOT,
    signal,
    look: (tx, range) => lookAtRange({ tx, range, findings: findings.part() }),
    take: (part) => {
      findings.merge(part);
      onProgress?.(findings.checked.slots, total?.slots ?? 0);
    },
  });
}

async function lookAtRange(look: Look): Promise<Findings> {
  const { tx, range, findings } = look;
  const bounds = [range.after, range.upTo];
  const [sums] = await tx.query<Record<string, number | string>>(SUM_UP, bounds);
  const sum = (name: string): number => Number(sums?.[name]);
  const [all] = await tx.query<{ reservations: number }>(COUNT_RESERVATIONS, bounds);
  const reservations = all?.reservations ?? 0;
  await listSlotsOf(look, { kind: 'count-differs', condition: COUNT_DIFFERS, count: sum('countDiffers') });
  await listSlotsOf(look, { kind: 'overbooked', condition: OVERBOOKED, count: sum('overbooked') });
  await listSlotsOf(look, {
    kind: 'restaurant-missing',
    condition: RESTAURANT_MISSING,
    count: sum('restaurantMissing'),
  });
  await listSlotsOf(look, { kind: 'null-value', condition: IS_NULL, count: sum('nullValues') });
  if (sum('membersTwice') > 0) await listMembersTwice(look);
  await listSlotless(look, reservations - sum('reservations'));
  findings.checked.slots += sum('slots');
  findings.checked.reservations += reservations;
  return findings;
}

interface SlotsToList {
  kind: 'count-differs' | 'overbooked' | 'restaurant-missing' | 'null-value';
  condition: string;
  count: number;
}

async function listSlotsOf(look: Look, { kind, condition, count }: SlotsToList): Promise<void> {
  const rows = await listRows<SlotRow>(look, { kind, count, sql: listSlots(condition) });
  look.findings.addAll(
    kind,
    count,
    rows.map((row) => describeSlot(kind, row)),
  );
}

async function listMembersTwice(look: Look): Promise<void> {
  const { tx, range, findings } = look;
  // At least one row, because it has the count.
  const values = [range.after, range.upTo, Math.max(1, findings.remaining('member-twice'))];
  const rows = await tx.query<{ slotId: number; memberId: number; live: number; found: number; ids: string }>(
    LIST_MEMBERS_TWICE,
    values,
  );
  const violations = rows.map(({ slotId, memberId, live, ids }): Violation => {
    const text = `member ${memberId} holds slot ${slotId} by ${live} live reservations, at most one is allowed: ${ids}`;
    return {
      kind: 'member-twice',
      slotId,
      memberId,
      reservationIds: ids.split(',').map((id) => toExactNumber(id, 'the id of a reservation')),
      text,
    };
  });
  findings.addAll('member-twice', rows[0]?.found ?? 0, violations);
}

async function listSlotless(look: Look, count: number): Promise<void> {
  const kind = 'slot-missing';
  const rows = await listRows<{ id: number; slotId: number; memberId: number }>(look, {
    kind,
    count,
    sql: LIST_SLOTLESS,
  });
  const violations = rows.map(({ id, slotId, memberId }): Violation => {
    const text = `reservation ${id} of member ${memberId} is for slot ${slotId}, which is not in the table`;
    return { kind, slotId, reservationIds: [id], memberId, text };
  });
  look.findings.addAll(kind, count, violations);
}

interface RowsToList {
  kind: ViolationKind;
  count: number;
  sql: string;
}

async function listRows<Row extends object>(
  { tx, range, findings }: Look,
  { kind, count, sql }: RowsToList,
): Promise<Row[]> {
  const remaining = findings.remaining(kind);
  if (count === 0 || remaining === 0) return [];
  return tx.query<Row>(sql, [range.after, range.upTo, remaining]);
}

function describeSlot(kind: SlotsToList['kind'], row: SlotRow): Violation {
  const { slotId, restaurantId, date, time, capacity, count, seats } = row;
  const slot = `slot ${slotId} (restaurant ${restaurantId}, ${date} ${time})`;
  const found = {
    'count-differs': `says ${count} seats are taken, its live reservations hold ${seats}`,
    overbooked: `has ${capacity} seats, its count says ${count} are taken, its live reservations hold ${seats}`,
    'null-value': `has NULL where a value must be: capacity ${capacity}, count ${count}`,
    'restaurant-missing': `is of restaurant ${restaurantId}, which is not in the table`,
  };
  return { kind, slotId, text: `${slot} ${found[kind]}` };
}
