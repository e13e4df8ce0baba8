import { setTimeout as sleep } from 'node:timers/promises';

import { type Database, type Session, isLockWait } from '../../../database/index.js';
import { placeholders } from '../../../database/placeholders.js';
import { NO_RETRY, defaultRetryBudgets, retryTransient } from '../../../retry.js';
import type { LocatedRequest } from '../../reservation.js';
import { retryUnknown } from '../../requests/retry-unknown.js';
import { slotIdsOf } from '../../requests/slot-ids.js';
import { keyName, namesOf, placeName } from './request-names.js';

const FIND_SLOTS = 'SELECT {slot.id} AS id FROM {slot} FORCE INDEX (PRIMARY) WHERE {slot.id} IN ';
const FIND_ROWS = `SELECT {reservation.id} AS id, {reservation.slotId} AS slotId, {reservation.liveMemberId} AS memberId,
  {reservation.idempotencyKey} AS idempotencyKey FROM {reservation} WHERE `;
const SKIP_LOCKED = ' FOR UPDATE SKIP LOCKED';

/** When a row is locked at every look in this time, in milliseconds, its holder is no longer just at work. */
const LOOKING_MS = 1000;
const BETWEEN_LOOKS_MS = 100;
/**
 * A popular slot is locked at every look, but by different holders. A transaction that waits in line gets its lock
 * within this time.
 */
const IN_LINE_SECONDS = 1;
/** Most slots that are tested by waiting in line. When all of them are held, the others count as held, too. */
const MOST_IN_LINE = 4;

/** Slots and rows that somebody else holds. */
export interface Stuck {
  slotIds: ReadonlySet<number>;
  /** Requests that need one of these slots, or whose key or place is in a locked row. */
  requests: ReadonlySet<LocatedRequest>;
}

/** Finds, after a lock wait failed, which of the requests' slots and rows somebody holds too long. */
export async function findStuck(database: Database, requests: readonly LocatedRequest[]): Promise<Stuck> {
  const slotIds = await findStuckSlots(database, requests);
  const ofSlots = requests.filter(({ slots }) => slots.some(({ slotId }) => slotIds.has(slotId)));
  if (ofSlots.length > 0) return { slotIds, requests: new Set(ofSlots) };
  return { slotIds, requests: await findStuckRows(database, requests) };
}

async function findStuckSlots(database: Database, requests: readonly LocatedRequest[]): Promise<ReadonlySet<number>> {
  const find = (ids: readonly number[]): string => `${FIND_SLOTS}${placeholders(ids)}`;
  const look = async (ids: readonly number[]): Promise<number[]> => {
    const [all, free] = await readBoth(database, find(ids), ids);
    return without(all, free).map(({ id }) => id);
  };
  let held = slotIdsOf(requests);
  const untilMs = performance.now() + LOOKING_MS;
  for (;;) {
    held = await look(held);
    if (held.length === 0 || performance.now() >= untilMs) break;
    await sleep(BETWEEN_LOOKS_MS);
  }
  const inLine = held.slice(0, MOST_IN_LINE);
  const stuck = await Promise.all(inLine.map((id) => isHeldForLong(database, find([id]), id)));
  const areAll = stuck.every(Boolean);
  return new Set(held.filter((_, place) => stuck[place] ?? areAll));
}

async function isHeldForLong(database: Database, find: string, id: number): Promise<boolean> {
  const lock = (): Promise<unknown> =>
    database.transaction((tx) => tx.query(`${find} FOR UPDATE`, [id]), {
      lockWaitSeconds: IN_LINE_SECONDS,
      retry: { conflict: NO_RETRY, connection: defaultRetryBudgets.connection },
    });
  return retryUnknown(lock).then(
    () => false,
    (error: unknown) => {
      if (isLockWait(error)) return true;
      throw error;
    },
  );
}

interface HeldRow {
  id: number;
  slotId: number;
  memberId: number | null;
  idempotencyKey: string | null;
}

/** Requests whose key or place is in a locked row, even when the row is not committed yet. */
async function findStuckRows(
  database: Database,
  requests: readonly LocatedRequest[],
): Promise<ReadonlySet<LocatedRequest>> {
  const keys = requests.map(({ idempotencyKey }) => idempotencyKey);
  const places = requests.flatMap(({ slots, memberId }) => slots.map(({ slotId }) => [slotId, memberId]));
  const byKey = `${FIND_ROWS}{reservation.idempotencyKey} IN ${placeholders(keys)}`;
  const byPlace = `${FIND_ROWS}({reservation.slotId}, {reservation.liveMemberId}) IN (${places.map(() => '(?, ?)').join(', ')})`;
  const look = async (): Promise<HeldRow[]> => {
    const [withKeys, freeKeys] = await readBoth<HeldRow>(database, byKey, keys);
    const [inPlaces, freePlaces] = await readBoth<HeldRow>(database, byPlace, places.flat());
    return [...without(withKeys, freeKeys), ...without(inPlaces, freePlaces)];
  };
  const first = await look();
  if (first.length === 0) return new Set();
  await sleep(BETWEEN_LOOKS_MS);
  const again = new Set((await look()).map(({ id }) => id));
  const held = first.filter(({ id }) => again.has(id));
  const names = new Set(held.flatMap(namesOfRow));
  return new Set(requests.filter((located) => namesOf(located).some((name) => names.has(name))));
}

function namesOfRow({ slotId, memberId, idempotencyKey }: HeldRow): string[] {
  const ofKey = idempotencyKey === null ? [] : [keyName(idempotencyKey)];
  return memberId === null ? ofKey : [...ofKey, placeName(slotId, memberId)];
}

/** All rows of `find`, committed or not, and the unlocked ones among them. */
async function readBoth<Row extends { id: number }>(
  database: Database,
  find: string,
  values: readonly (string | number)[],
): Promise<[Row[], Row[]]> {
  const read = async (session: Session): Promise<[Row[], Row[]]> => {
    await session.execute('SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED');
    const free = await session.query<Row>(`${find}${SKIP_LOCKED}`, values);
    return [await session.query<Row>(find, values), free];
  };
  return retryTransient(() => database.session(read));
}

function without<Row extends { id: number }>(all: readonly Row[], free: readonly Row[]): Row[] {
  const ids = new Set(free.map(({ id }) => id));
  return all.filter(({ id }) => !ids.has(id));
}
