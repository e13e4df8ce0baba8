import type { Database } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';
import { TablepickError } from '../../errors.js';
import { TIME_ZONE_HINT, isTimeZone } from '../../time-zone.js';
import { badRule, checkRules } from '../plan/index.js';
import type { OpeningInterval, RestaurantRules } from '../plan/index.js';

/** The restaurants to read: all, the listed ids, or the ids `from` to `to`, bounds included. */
export interface ReadRulesOptions {
  restaurantIds?: readonly number[] | { from: number; to: number } | undefined;
}

interface RestaurantRow {
  restaurantId: number;
  capacity: number;
  zone: string | null;
}

interface HourRow {
  restaurantId: number;
  dayOfWeek: number;
  opensAt: string | null;
  closesAt: string | null;
  isHoliday: number | null;
  stepMinutes: number | null;
  capacity: number | null;
}

const RESTAURANTS_PER_PAGE = 2000;
/** Ids of 0 and below are read too, so that they cause an error. */
const SMALLEST_BIGINT = -9_223_372_036_854_775_808n;
const LARGEST_BIGINT_UNSIGNED = 18_446_744_073_709_551_615n;

// A keyset page by the primary key.
const RESTAURANTS_AFTER = `
  SELECT {restaurant.id} AS restaurantId, {restaurant.maxCapacity} AS capacity, {restaurant.timeZone} AS zone
  FROM {restaurant} WHERE {restaurant.id} > ? AND {restaurant.id} <= ?
  ORDER BY {restaurant.id} LIMIT ${RESTAURANTS_PER_PAGE}`;

const RESTAURANTS_OF = `
  SELECT {restaurant.id} AS restaurantId, {restaurant.maxCapacity} AS capacity, {restaurant.timeZone} AS zone
  FROM {restaurant} WHERE {restaurant.id} IN `;

// When two intervals of a day give the same time, the earlier interval wins. So the order must be fixed. `+ 0` turns
// BIT columns into numbers.
const HOURS_OF = `
  SELECT {operatingHour.restaurantId} AS restaurantId, {operatingHour.dayOfWeek} AS dayOfWeek,
    {operatingHour.openTime} AS opensAt, {operatingHour.closeTime} AS closesAt, {operatingHour.isHoliday} + 0 AS isHoliday,
    {operatingHour.stepMinutes} AS stepMinutes, {operatingHour.capacity} AS capacity
  FROM {operatingHour} WHERE {operatingHour.restaurantId} IN `;
const IN_ORDER = ` ORDER BY restaurantId, dayOfWeek, opensAt, closesAt, stepMinutes, capacity`;

/**
 * Reads the weekly hours of restaurants from the database, ascending by id, in pages. Memory does not grow with the
 * number of restaurants. When a day has a holiday row, it is closed, even with other rows. A restaurant without hours
 * has an empty week. The pages are not read from one snapshot.
 *
 * @throws `UNKNOWN_RESTAURANT` when listed ids do not exist or a range of ids holds none; `BAD_OPTION` for invalid ids;
 * `BAD_RULE` naming restaurant, weekday and value for hours and time zones that are not usable; `NUMBER_TOO_LARGE`
 * naming the row for an id beyond 2^53 − 1; any failure of the server.
 * @example
 * const plan = await compilePlan(readRules(database, { restaurantIds: [1, 2] }), range);
 */
export async function* readRules(database: Database, options: ReadRulesOptions = {}): AsyncGenerator<RestaurantRules> {
  for await (const restaurants of readPages(database, options)) {
    checkZones(restaurants);
    const hours = await readHours(database, restaurants);
    for (const { restaurantId, capacity } of restaurants) {
      const rules = { restaurantId, capacity, week: weekOf(hours.get(restaurantId) ?? []) };
      checkRules(rules);
      yield rules;
    }
  }
}

function readPages(database: Database, { restaurantIds }: ReadRulesOptions): AsyncGenerator<RestaurantRow[]> {
  if (restaurantIds === undefined)
    return readAllPages(database, { after: SMALLEST_BIGINT, to: LARGEST_BIGINT_UNSIGNED });
  return 'from' in restaurantIds ? readRange(database, restaurantIds) : readListed(database, restaurantIds);
}

async function* readAllPages(
  database: Database,
  { after, to }: { after: number | bigint; to: number | bigint },
): AsyncGenerator<RestaurantRow[]> {
  let last = after;
  for (;;) {
    const page = await database.query<RestaurantRow>(RESTAURANTS_AFTER, [last, to]);
    if (page.length > 0) yield page;
    if (page.length < RESTAURANTS_PER_PAGE) return;
    last = page.at(-1)?.restaurantId ?? last;
  }
}

async function* readRange(
  database: Database,
  { from, to }: { from: number; to: number },
): AsyncGenerator<RestaurantRow[]> {
  checkIds([from, to]);
  if (from > to) throw badIds(`restaurants ${from} to ${to} run backwards`);
  let any = false;
  for await (const page of readAllPages(database, { after: from - 1, to })) {
    any = true;
    yield page;
  }
  if (!any) throw unknownRestaurants(`no restaurant has an id from ${from} to ${to}`);
}

/** Looks up all ids before the first page, so that a wrong id is reported at once. */
async function* readListed(database: Database, listed: readonly number[]): AsyncGenerator<RestaurantRow[]> {
  checkIds(listed);
  const ids = [...new Set(listed)].sort((a, b) => a - b);
  const found: RestaurantRow[] = [];
  for (const part of partsOf(ids)) {
    found.push(...(await database.query<RestaurantRow>(RESTAURANTS_OF + placeholders(part), part)));
  }
  const known = new Set(found.map(({ restaurantId }) => restaurantId));
  const missing = ids.filter((id) => !known.has(id));
  if (missing.length > 0) throw unknownRestaurants(`there is no restaurant ${listIds(missing)}`);
  yield* partsOf(found.sort((a, b) => a.restaurantId - b.restaurantId));
}

async function readHours(database: Database, restaurants: RestaurantRow[]): Promise<Map<number, HourRow[]>> {
  const ids = restaurants.map(({ restaurantId }) => restaurantId);
  const sql = HOURS_OF + placeholders(ids) + IN_ORDER;
  const hours = new Map<number, HourRow[]>();
  for (const row of await database.query<HourRow>(sql, ids)) {
    const known = hours.get(row.restaurantId);
    if (known) known.push(row);
    else hours.set(row.restaurantId, [row]);
  }
  return hours;
}

function weekOf(rows: HourRow[]): OpeningInterval[][] {
  const week: OpeningInterval[][] = [[], [], [], [], [], [], []];
  const closed = new Set(rows.filter(({ isHoliday }) => Number(isHoliday) !== 0).map(({ dayOfWeek }) => dayOfWeek));
  for (const row of rows) {
    const day = week[row.dayOfWeek - 1];
    if (day === undefined) {
      const hint = 'days of the week are 1 for Monday to 7 for Sunday';
      throw badRule(`restaurant ${row.restaurantId}: day of week ${String(row.dayOfWeek)}`, hint);
    }
    if (!closed.has(row.dayOfWeek)) day.push(intervalOf(row));
  }
  return week;
}

function intervalOf({ opensAt, closesAt, stepMinutes, capacity }: HourRow): OpeningInterval {
  return {
    opensAt: clockOf(opensAt),
    closesAt: clockOf(closesAt),
    stepMinutes: stepMinutes ?? undefined,
    capacity: capacity ?? undefined,
  };
}

/**
 * A TIME as `HH:MM`. When it has seconds or lies outside a day, it is not changed: the check of the rules reports it.
 */
function clockOf(time: string | null): string {
  return time === null ? 'NULL' : time.replace(/^(\d\d:\d\d):00(\.0+)?$/, '$1');
}

/**
 * A slot has no time zone. Without the restaurant's zone, the start of a slot is unknown, so a guest cannot book it.
 */
function checkZones(restaurants: readonly RestaurantRow[]): void {
  const wrong = restaurants.filter(({ zone }) => !isTimeZone(zone));
  if (wrong.length === 0) return;
  const zones = [...new Set(wrong.map(({ zone }) => JSON.stringify(zone)))].slice(0, 5).join(', ');
  const ids = listIds(wrong.map(({ restaurantId }) => restaurantId));
  throw badRule(`restaurant ${ids}: time zone ${zones} is none`, TIME_ZONE_HINT);
}

function checkIds(ids: readonly number[]): void {
  const wrong = ids.find((id) => !Number.isSafeInteger(id) || id < 1);
  if (wrong !== undefined) throw badIds(`restaurant id ${wrong} is no whole number from 1 on`);
}

function badIds(message: string): TablepickError {
  return new TablepickError('BAD_OPTION', message, { hint: 'name restaurants as 1,2,3 or 1-500' });
}

function unknownRestaurants(message: string): TablepickError {
  return new TablepickError('UNKNOWN_RESTAURANT', message, { hint: 'leave --restaurants out to take all there are' });
}

function listIds(ids: number[]): string {
  const shown = ids.slice(0, 20).join(', ');
  return ids.length > 20 ? `${shown} and ${ids.length - 20} more` : shown;
}

function* partsOf<T>(items: T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += RESTAURANTS_PER_PAGE) {
    yield items.slice(start, start + RESTAURANTS_PER_PAGE);
  }
}
