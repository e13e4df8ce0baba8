import type { Database } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';
import { readAsWriter } from '../../database/read-as-writer.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import { TIME_ZONE_HINT, isTimeZone } from '../../time-zone.js';
import type { SlotFacts, SlotPlace, SlotReference } from '../reservation.js';
import { wallTimeToInstant } from './wall-time.js';

/** Slots whose facts are kept in memory, about 200 bytes each. */
const KEPT = 100_000;
/** Most slots that one statement looks up. */
const ASKED_AT_ONCE = 500;

const SELECT_FACTS = `
  SELECT s.{slot.id} AS slotId, s.{slot.restaurantId} AS restaurantId, s.{slot.date} AS date,
    TIME_FORMAT(s.{slot.time}, '%H:%i') AS time, r.{restaurant.id} AS restaurant, r.{restaurant.timeZone} AS zone,
    CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) / 1000 AS DOUBLE) AS nowMs
  FROM {slot} s LEFT JOIN {restaurant} r ON r.{restaurant.id} = s.{slot.restaurantId}`;

const IS_SLOT = '(s.{slot.restaurantId} = ? AND s.{slot.date} = ? AND s.{slot.time} = ?)';

interface FactsRow {
  slotId: number;
  restaurantId: number;
  date: string;
  time: string;
  /** Null when the slot's restaurant is gone. */
  restaurant: number | null;
  zone: string | null;
  nowMs: number;
}

interface Asked {
  reference: SlotReference;
  found: (facts: Found | undefined) => void;
  failed: (error: unknown) => void;
}

/** A slot's id, or its place as text. */
type SlotKey = number | string;

/** The facts of a slot, or the error why it has none. */
type Found = SlotFacts | TablepickError;

/**
 * Finds slots and their facts that never change. It asks the database once for each slot, for all wanted slots
 * together. It asks only after `requireTables` has checked the tables.
 */
export class SlotDirectory {
  readonly #database: Database;
  readonly #requireTables: () => Promise<void>;
  readonly #known = new Map<SlotKey, SlotFacts>();
  #asked: Asked[] = [];
  #clockOffsetMs = 0;

  constructor(database: Database, requireTables: () => Promise<void>) {
    this.#database = database;
    this.#requireTables = requireTables;
  }

  /** The facts in memory, undefined when the database must be asked. */
  peek(reference: SlotReference): SlotFacts | undefined {
    return this.#known.get(keyOf(reference));
  }

  /**
   * The facts of a slot.
   *
   * @throws `UNKNOWN_SLOT` when there is none.
   */
  async find(reference: SlotReference): Promise<SlotFacts> {
    const known = this.peek(reference);
    if (known !== undefined) return known;
    const facts = await new Promise<Found | undefined>((found, failed) => {
      this.#asked.push({ reference, found, failed });
      if (this.#asked.length === 1) queueMicrotask(() => void this.#ask());
    });
    if (facts === undefined) throw unknownSlot(reference);
    if (facts instanceof TablepickError) throw facts;
    return facts;
  }

  /** Drops the facts of slots that have moved or are gone. */
  forget(slots: readonly SlotFacts[]): void {
    for (const facts of slots) for (const key of keysOf(facts)) this.#known.delete(key);
  }

  /** The database's time as known here. It is read with each look-up. */
  nowMs(): number {
    return Date.now() + this.#clockOffsetMs;
  }

  async #ask(): Promise<void> {
    const all = this.#asked;
    this.#asked = [];
    for (let start = 0; start < all.length; start += ASKED_AT_ONCE) {
      await this.#answer(all.slice(start, start + ASKED_AT_ONCE));
    }
  }

  async #answer(asked: readonly Asked[]): Promise<void> {
    try {
      await this.#requireTables();
      const facts = await this.#read(asked.map(({ reference }) => reference));
      for (const { reference, found } of asked) found(facts.get(keyOf(reference)));
    } catch (error) {
      // When the id of one slot is too large to be read, the others are still found.
      if (asked.length > 1 && isTablepickError(error, 'NUMBER_TOO_LARGE')) {
        for (const one of asked) await this.#answer([one]);
      } else for (const { failed } of asked) failed(error);
    }
  }

  async #read(references: readonly SlotReference[]): Promise<Map<SlotKey, Found>> {
    const ids = references.flatMap((each) => ('slotId' in each ? [each.slotId] : []));
    const keys = references.flatMap((each) => ('slotId' in each ? [] : [each]));
    const byId = `${SELECT_FACTS} WHERE s.{slot.id} IN ${placeholders(ids)}`;
    const byKey = `${SELECT_FACTS} WHERE ${keys.map(() => IS_SLOT).join(' OR ')}`;
    const values = keys.flatMap(({ restaurantId, date, time }) => [restaurantId, date, time]);
    const ofIds = ids.length > 0 ? await this.#load(byId, ids, new Set(ids).size) : [];
    const ofKeys = keys.length > 0 ? await this.#load(byKey, values, new Set(keys.map(keyOf)).size) : [];
    return new Map([...ofIds, ...ofKeys]);
  }

  async #load(text: string, values: (string | number)[], wanted: number): Promise<[SlotKey, Found][]> {
    const sentAtMs = Date.now();
    const rows = await this.#query(text, values, wanted);
    const [first] = rows;
    // Compared with the time of sending, because the answer may have waited for this process.
    if (first !== undefined) this.#clockOffsetMs = first.nowMs - sentAtMs;
    return rows.flatMap((row) => this.#keep(row));
  }

  /**
   * When a slot is missing, the writer is asked, because a server that was the writer before does not know new slots.
   */
  async #query(sql: string, values: (string | number)[], wanted: number): Promise<FactsRow[]> {
    const rows = await this.#database.query<FactsRow>(sql, values);
    return rows.length >= wanted ? rows : readAsWriter(this.#database, (tx) => tx.query<FactsRow>(sql, values));
  }

  #keep(row: FactsRow): [SlotKey, Found][] {
    const facts = toFacts(row);
    const found = keysOf(row).map((key): [SlotKey, Found] => [key, facts]);
    if (!(facts instanceof TablepickError)) for (const [key] of found) this.#known.set(key, facts);
    while (this.#known.size > 2 * KEPT) this.#known.delete(this.#known.keys().next().value as SlotKey);
    return found;
  }
}

function keyOf(reference: SlotReference): SlotKey {
  if ('slotId' in reference) return reference.slotId;
  return `${reference.restaurantId} ${reference.date} ${reference.time}`;
}

function keysOf({ slotId, restaurantId, date, time }: SlotPlace): SlotKey[] {
  return [keyOf({ slotId }), keyOf({ restaurantId, date, time })];
}

function toFacts({ slotId, restaurantId, date, time, restaurant, zone: named }: FactsRow): Found {
  const zone = restaurant === null ? 'UTC' : named;
  if (isTimeZone(zone)) {
    return { slotId, restaurantId, date, time, zone, startsAtMs: wallTimeToInstant(date, time, zone) };
  }
  const message = `restaurant ${restaurantId} has time zone ${JSON.stringify(zone)}, which is none`;
  return new TablepickError('BAD_RULE', message, { hint: TIME_ZONE_HINT });
}

function unknownSlot(reference: SlotReference): TablepickError {
  const named =
    'slotId' in reference
      ? `slot ${reference.slotId}`
      : `slot of restaurant ${reference.restaurantId} on ${reference.date} at ${reference.time}`;
  return new TablepickError('UNKNOWN_SLOT', `there is no ${named}`, {
    hint: 'slots are made by `tablepick generate-slots`; `tablepick slots plan` tells what the rules ask for',
  });
}
