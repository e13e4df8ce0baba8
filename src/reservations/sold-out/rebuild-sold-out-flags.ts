import type { Database, Transaction } from '../../database/index.js';
import { readAsWriter } from '../../database/read-as-writer.js';
import { TablepickError } from '../../errors.js';
import type { Redis } from '../../redis/index.js';
import type { SlotPlace } from '../reservation.js';
import { FLAG_LIFE_MS, checkMs } from './open-sold-out-guard.js';
import { type NamedSlot, SoldOutFlags, flagPrefix } from './sold-out-flags.js';

/** Settings of {@link rebuildSoldOutFlags}. */
export interface RebuildFlagsOptions {
  database: Database;
  redis: Redis;
  /** The life of a flag, in milliseconds, 1 or more. Default: an hour. */
  ttlMs?: number | undefined;
  /** Stops between two slots. */
  signal?: AbortSignal | undefined;
}

/** Slots and flags that are read together. */
const AT_ONCE = 500;
/** Slots whose flags are set at the same time; each asks the database once. */
const SET_AT_ONCE = 4;

// Slots of yesterday are included, because their day may not be over in every time zone.
const NEXT_FULL = `
  SELECT {slot.id} AS slotId, {slot.restaurantId} AS restaurantId, {slot.date} AS date, TIME_FORMAT({slot.time}, '%H:%i') AS time
  FROM {slot} WHERE {slot.id} > ? AND {slot.count} >= {slot.capacity} AND {slot.date} >= CURRENT_DATE - INTERVAL 1 DAY
  ORDER BY {slot.id} LIMIT ${AT_ONCE}`;
const STILL_FULL = `
  SELECT {slot.restaurantId} AS restaurantId, {slot.date} AS date, TIME_FORMAT({slot.time}, '%H:%i') AS time
  FROM {slot} WHERE {slot.count} >= {slot.capacity} AND ({slot.restaurantId}, {slot.date}, {slot.time}) IN `;

/**
 * Makes the flags on Redis agree with the database, beside live traffic. It removes flags of slots that have free
 * seats, then sets one for every full slot to come. It holds some hundreds of slots in memory. Resolves with the number
 * of flags it set and the number it removed.
 *
 * @throws `REDIS_UNAVAILABLE`, `CONNECTION_LOST`; `ABORTED` when `signal` fires. It may be run again.
 * @example
 * const { set, removed } = await rebuildSoldOutFlags({ database, redis });
 */
export async function rebuildSoldOutFlags(options: RebuildFlagsOptions): Promise<{ set: number; removed: number }> {
  const { database, redis, ttlMs = FLAG_LIFE_MS } = options;
  const flags = new SoldOutFlags({ database, redis, ttlMs: checkMs('ttlMs', ttlMs) });
  const removed = await removeStale(flags, options);
  return { set: await setFull(flags, options), removed };
}

async function removeStale(flags: SoldOutFlags, { database, redis, signal }: RebuildFlagsOptions): Promise<number> {
  let removed = 0;
  let cursor = '0';
  do {
    refuseAborted(signal);
    const scan = ['SCAN', cursor, 'MATCH', `${flagPrefix}*`, 'COUNT', AT_ONCE];
    const [next, keys] = (await redis.command(scan)) as [string, string[]];
    const stale = await findStale(database, keys, signal);
    if (stale.length > 0) await flags.remove(stale);
    removed += stale.length;
    cursor = next;
  } while (cursor !== '0');
  return removed;
}

async function findStale(
  database: Database,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<NamedSlot[]> {
  const named = keys.flatMap((key) => readFlagKey(key) ?? []);
  if (named.length === 0) return [];
  const sql = `${STILL_FULL}(${named.map(() => '(?, ?, ?)').join(', ')})`;
  const values = named.flatMap(({ restaurantId, date, time }) => [restaurantId, date, time]);
  const rows = await readAsWriter(database, (tx) => tx.query<NamedSlot>(sql, values), { signal });
  const full = new Set(rows.map(nameOf));
  return named.filter((slot) => !full.has(nameOf(slot)));
}

async function setFull(flags: SoldOutFlags, { database, signal }: RebuildFlagsOptions): Promise<number> {
  let set = 0;
  let after = 0;
  for (;;) {
    const from = after;
    const read = (tx: Transaction) => tx.query<SlotPlace>(NEXT_FULL, [from]);
    const slots = await readAsWriter(database, read, { signal });
    for (let start = 0; start < slots.length; start += SET_AT_ONCE) {
      refuseAborted(signal);
      const some = slots.slice(start, start + SET_AT_ONCE);
      set += (await Promise.all(some.map((slot) => flags.refresh(slot)))).filter(Boolean).length;
    }
    if (slots.length < AT_ONCE) return set;
    after = slots.at(-1)!.slotId;
  }
}

function nameOf({ restaurantId, date, time }: NamedSlot): string {
  return `${restaurantId}:${date}:${time}`;
}

function readFlagKey(key: string): NamedSlot | undefined {
  const [, restaurantId, date, time] = /^(\d+):(\d{4}-\d\d-\d\d):(\d\d:\d\d)$/.exec(key.slice(flagPrefix.length)) ?? [];
  if (restaurantId === undefined || date === undefined || time === undefined) return undefined;
  return { restaurantId: Number(restaurantId), date, time };
}

function refuseAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new TablepickError('ABORTED', 'stopped while flags were rebuilt; those set so far stand', {
    hint: 'run it again: it begins anew and does no harm',
    cause: signal.reason,
  });
}
