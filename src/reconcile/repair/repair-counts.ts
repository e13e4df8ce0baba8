import type { Database } from '../../database/index.js';
import { inParallel } from '../../in-parallel.js';
import { checkInvariants, violationKinds, type InvariantReport, type Violation } from '../../reservations/index.js';
import { type KeyRange, walkKeys } from '../../reservations/invariants/key-ranges.js';
import { type ReconcileClass, reconcileClasses } from '../reconcile-result.js';
import { type RepairEnd, type ReconcileContext, leftBy } from './repair.js';

const SLOTS_AT_ONCE = 2000;

const NEXT_SLOT = `SELECT {slot.id} AS upTo FROM {slot} WHERE {slot.id} > ? ORDER BY {slot.id} LIMIT 1 OFFSET ${SLOTS_AT_ONCE - 1}`;

// Needs an index that begins with the reservation's slot, as the schema's unique key does.
const LIST_DIFFERING = `SELECT s.{slot.id} AS slotId FROM {slot} s
  LEFT JOIN {reservation} h ON h.{reservation.slotId} = s.{slot.id} AND h.{reservation.status} IN ('PENDING', 'CONFIRMED')
  WHERE s.{slot.id} > ? AND s.{slot.id} <= ? GROUP BY s.{slot.id}, s.{slot.count}
  HAVING s.{slot.count} <> COALESCE(SUM(h.{reservation.seats}), 0) ORDER BY s.{slot.id}`;

const LOCK_SLOT = 'SELECT {slot.count} AS count FROM {slot} FORCE INDEX (PRIMARY) WHERE {slot.id} = ? FOR UPDATE';
const COUNT_SEATS = `SELECT COALESCE(SUM({reservation.seats}), 0) AS seats FROM {reservation}
  WHERE {reservation.status} IN ('PENDING', 'CONFIRMED') AND {reservation.slotId} = ?`;
const SET_COUNT = 'UPDATE {slot} SET {slot.count} = ?, {slot.version} = {slot.version} + 1 WHERE {slot.id} = ?';

/** Compares every slot with its reservations. It changes nothing. */
export function lookAtSlots(
  { reservationDatabase, signal }: ReconcileContext,
  limit: number,
): Promise<InvariantReport> {
  return checkInvariants(reservationDatabase, { limit, signal });
}

/**
 * Counts slots with a wrong count anew and reports the other violations. When something was wrong and repairs run, the
 * slots are checked again first.
 */
export async function reconcileSlots(context: ReconcileContext, seen: InvariantReport, limit: number): Promise<void> {
  if ((seen.counts['count-differs'] ?? 0) > 0) await repairCounts(context);
  const isStale = context.fix && !seen.ok;
  await tellOthers(context, isStale ? await lookAtSlots(context, limit) : seen);
}

async function repairCounts(context: ReconcileContext): Promise<void> {
  const { reservationDatabase, tally, fix, signal } = context;
  const slotIds = await listDiffering(reservationDatabase, signal);
  await inParallel(slotIds, context, async (slotId) => {
    const finding = { name: 'count-differs', key: slotId } as const;
    if (!fix) return tally.add({ ...finding, end: 'left', text: 'not fixed: counted anew' });
    const ended = await countAnew(context, slotId).catch((error: unknown) => leftBy(context, error));
    if (typeof ended === 'object') return tally.add({ ...finding, end: 'left', text: ended.left });
    if (ended === 'done') await tally.add({ ...finding, end: 'fixed', text: 'counted anew' });
  });
}

/** Every range is read at one moment, so the findings were true at that moment. Only the ids of slots are kept. */
async function listDiffering(database: Database, signal: AbortSignal | undefined): Promise<number[]> {
  const found: number[] = [];
  await walkKeys<{ slotId: number }[]>(database, {
    nextKey: NEXT_SLOT,
    signal,
    look: (tx, { after, upTo }: KeyRange) => tx.query<{ slotId: number }>(LIST_DIFFERING, [after, upTo]),
    take: (rows) => rows.forEach(({ slotId }) => found.push(slotId)),
  });
  return found;
}

/** Under the slot's lock, nobody else changes its count or its seats, and every earlier transaction is visible. */
function countAnew({ reservationDatabase: database, signal }: ReconcileContext, slotId: number): Promise<RepairEnd> {
  return database.transaction(
    async (tx) => {
      const [slot] = await tx.query<{ count: number }>(LOCK_SLOT, [slotId]);
      const [held] = await tx.query<{ seats: string | number }>(COUNT_SEATS, [slotId]);
      const seats = Number(held?.seats ?? 0);
      if (slot === undefined || slot.count === seats) return 'gone';
      await tx.execute(SET_COUNT, [seats, slotId]);
      return 'done';
    },
    { signal },
  );
}

async function tellOthers({ tally }: ReconcileContext, { violations, counts }: InvariantReport): Promise<void> {
  for (const kind of violationKinds) {
    const left = counts[kind] ?? 0;
    if (left === 0 || kind === 'count-differs' || !isClass(kind)) continue;
    const listed = violations.filter((violation) => violation.kind === kind);
    const text = 'an operator decides whose seat it is: tablepick reservations check';
    for (const violation of listed) await tally.add({ name: kind, key: keyOf(violation), end: 'left', text });
    if (left > listed.length) tally.count(kind, { left: left - listed.length, keys: [], text: `left: ${text}` });
  }
}

function isClass(kind: string): kind is ReconcileClass {
  return (reconcileClasses as readonly string[]).includes(kind);
}

/** The first reservation of the violation. Without one, the slot. */
function keyOf({ slotId, reservationIds }: Violation): number {
  return reservationIds?.[0] ?? slotId ?? 0;
}
