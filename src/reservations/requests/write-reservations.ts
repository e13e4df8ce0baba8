import type { Transaction } from '../../database/index.js';
import { withoutForeignKeyChecks } from '../../database/dialect.js';
import { type IdSteps, insertForIds } from './ids-of-insert.js';
import type { StrategyContext } from '../locks/lock-strategy.js';
import { listRecorded, runStatements } from './record-changes.js';
import type { LocatedRequest, ReservationChange, Statement } from '../reservation.js';

const COLUMNS = `{reservation.slotId}, {reservation.restaurantId}, {reservation.memberId}, {reservation.partySize},
  {reservation.seats}, {reservation.idempotencyKey}`;
const VALUES = '?, ?, ?, ?, ?, ?';
const EXPIRES_AT = 'UTC_TIMESTAMP(6) + INTERVAL ? * 1000 MICROSECOND';
const MARK_FIRST = 'UPDATE {reservation} SET {reservation.groupId} = {reservation.id} WHERE {reservation.id} = ?';

/** Settings of {@link writeReservations}. */
export interface WriteOptions {
  context: StrategyContext;
  /** Read in this transaction. Undefined when there is one request, or the server returns every id. */
  steps: IdSteps | undefined;
  /**
   * `locked later`: the server does not check that the rows' slots exist, because the check would lock them now. The
   * transaction must check it before its COMMIT.
   */
  slots: 'locked' | 'locked later';
}

/**
 * Inserts a request's reservation as PENDING, with the service's own rows. Returns its id. When the request has several
 * slots, returns the id of the first.
 *
 * @throws `BAD_ROW` (1062) when the key or the member's live reservation is there already: no read before could know.
 */
export async function writeReservation(
  tx: Transaction,
  located: LocatedRequest,
  context: StrategyContext,
): Promise<number> {
  const ids = await writeReservations(tx, [located], { context, steps: undefined, slots: 'locked' });
  await recordReservations(tx, ids, context);
  return ids.get(located)![0]!;
}

/**
 * Inserts the reservations of several requests. Those of single slots are inserted in one statement. Returns the ids of
 * each request in the order of its slots.
 */
export async function writeReservations(
  tx: Transaction,
  requests: readonly LocatedRequest[],
  options: WriteOptions,
): Promise<Map<LocatedRequest, readonly number[]>> {
  const singles = requests.filter((located) => located.slots.length === 1);
  const idsOfSingles = singles.length === 0 ? [] : await insertRows(tx, singles.map(toRow), options);
  const ids = new Map<LocatedRequest, readonly number[]>();
  for (const [place, located] of singles.entries()) ids.set(located, [idsOfSingles[place]!]);
  for (const located of requests) if (!ids.has(located)) ids.set(located, await insertGroup(tx, located, options));
  return ids;
}

/** Writes the service's own rows for reservations that were written. */
export async function recordReservations(
  tx: Transaction,
  ids: ReadonlyMap<LocatedRequest, readonly number[]>,
  context: StrategyContext,
): Promise<void> {
  await runStatements(tx, recordedWith(ids, context));
}

/** The statements that write the service's own rows for reservations that were written. */
export function recordedWith(
  ids: ReadonlyMap<LocatedRequest, readonly number[]>,
  context: StrategyContext,
): readonly Statement[] {
  return listRecorded(
    () => [...ids].flatMap(([located, idsOfRequest]) => changesOf(located, idsOfRequest)),
    context.recordChanges,
  );
}

async function insertGroup(tx: Transaction, located: LocatedRequest, options: WriteOptions): Promise<number[]> {
  const ids: number[] = [];
  for (const place of located.slots.keys()) {
    ids.push(...(await insertRows(tx, [{ located, place, groupId: ids[0] ?? null }], options)));
    if (place === 0) await tx.execute(MARK_FIRST, [ids[0]!]);
  }
  return ids;
}

/** The reservation of one of a request's slots. */
interface Row {
  located: LocatedRequest;
  place: number;
  groupId: number | null;
}

function toRow(located: LocatedRequest): Row {
  return { located, place: 0, groupId: null };
}

/**
 * Inserts rows in one statement and returns their ids. When there are several rows, each is the first of its request.
 */
async function insertRows(
  tx: Transaction,
  rows: readonly Row[],
  { context, slots, steps }: WriteOptions,
): Promise<number[]> {
  const { database } = context;
  // Unneeded columns are left out, because parsing columns is an eighth of the server's work.
  const isGrouped = rows.some(({ groupId }) => groupId !== null);
  const isHold = rows.some(({ located }) => located.holdTtlMs !== null);
  const columns = [
    COLUMNS,
    ...(isGrouped ? ['{reservation.groupId}'] : []),
    ...(isHold ? ['{reservation.expiresAt}'] : []),
  ];
  const row = [VALUES, ...(isGrouped ? ['?'] : []), ...(isHold ? [EXPIRES_AT] : [])].join(', ');
  // Long with many rows, so only its beginning is searched for names.
  const insert = database.sql(`INSERT INTO {reservation} (${columns.join(', ')}) VALUES `);
  const sql = `${insert}(${Array(rows.length).fill(row).join('), (')})`;
  const values = rows.flatMap((each) => valuesOf(each, { isGrouped, isHold }));
  const { flavour } = database.server;
  return insertForIds(tx, database, {
    sql: slots === 'locked' ? sql : withoutForeignKeyChecks(flavour, sql),
    values,
    keys: rows.map(({ located }) => located.idempotencyKey),
    steps,
  });
}

function valuesOf(
  { located, place, groupId }: Row,
  { isGrouped, isHold }: { isGrouped: boolean; isHold: boolean },
): (string | number | null)[] {
  const { slotId, restaurantId } = located.slots[place]!;
  const { memberId, partySize, seats, idempotencyKey, holdTtlMs } = located;
  const values = [slotId, restaurantId, memberId, partySize, seats, place === 0 ? idempotencyKey : null];
  if (isGrouped) values.push(groupId);
  if (isHold) values.push(holdTtlMs);
  return values;
}

function changesOf(
  { slots, memberId, partySize, traceparent }: LocatedRequest,
  ids: readonly number[],
): ReservationChange[] {
  const groupId = ids.length > 1 ? ids[0]! : null;
  return slots.map(({ slotId, restaurantId }, place) => ({
    reservationId: ids[place]!,
    slotId,
    restaurantId,
    memberId,
    partySize,
    groupId,
    from: null,
    to: 'PENDING',
    reason: 'reserved',
    paymentStatus: null,
    traceparent,
  }));
}
