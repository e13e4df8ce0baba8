import { withClosing } from '../../closing.js';
import type { Database, SqlValue } from '../../database/index.js';
import {
  type History,
  type HistoryEntry,
  type LockStrategy,
  type Reservations,
  type ReservationsOptions,
  type ViolationKind,
  checkInvariants,
  createReservations,
  recordHistory,
} from '../../reservations/index.js';
import { countDeadlocks } from './count-deadlocks.js';

/** The things that a check works with: slots of its own, and reservations whose calls are recorded. */
export interface SuiteScene {
  strategy: LockStrategy;
  /** Settings of all reservations of the scene. */
  settings?: Omit<ReservationsOptions, 'database' | 'strategy'> | undefined;
  database: Database;
  random: () => number;
  /** Prefix of the keys of this scene. */
  keyPrefix: string;
  /** Adds slots that begin far in the future and returns their ids. */
  addSlots(count: number, capacity: number): Promise<number[]>;
  /** Opens reservations under the strategy. */
  open(options?: Omit<ReservationsOptions, 'database' | 'strategy'>): Reservations;
  /** Removes a slot with its reservations. The open reservations are not told. */
  removeSlot(slotId: number): Promise<void>;
  look(slotId: number): Promise<SlotState>;
  /** How many statements ended in a deadlock so far. */
  deadlocks(): number;
  history: readonly HistoryEntry[];
  /**
   * Compares every answer so far, and the tables, with the invariants that the strategy claims.
   *
   * @throws Error that lists the violations.
   */
  judge(): Promise<void>;
}

/** A slot and all reservations of it, in the order they were made. */
export interface SlotState {
  count: number;
  version: number;
  reservations: readonly {
    id: number;
    memberId: number;
    partySize: number;
    seats: number;
    status: string;
    idempotencyKey: string | null;
    groupId: number | null;
    /** 1 when it has an expiry, else 0. */
    expires: number;
  }[];
}

const INSERT_RESTAURANT = `INSERT INTO {restaurant} ({restaurant.name}, {restaurant.maxCapacity}, {restaurant.timeZone})
  VALUES ('strategy suite', 1, 'UTC')`;
const INSERT_SLOT = `INSERT INTO {slot}
  ({slot.restaurantId}, {slot.date}, {slot.time}, {slot.capacity}, {slot.count}, {slot.version}) VALUES (?, ?, ?, ?, 0, 0)`;
const COUNT = 'SELECT {slot.count} AS count, {slot.version} AS version FROM {slot} WHERE {slot.id} = ?';
const RESERVATIONS = `SELECT {reservation.id} AS id, {reservation.memberId} AS memberId, {reservation.partySize} AS partySize,
    {reservation.seats} AS seats, {reservation.status} AS status, {reservation.idempotencyKey} AS idempotencyKey,
    {reservation.groupId} AS groupId, {reservation.expiresAt} IS NOT NULL AS expires
  FROM {reservation} WHERE {reservation.slotId} = ? ORDER BY {reservation.id}`;
const REMOVE_SLOT = [
  'DELETE FROM {reservation} WHERE {reservation.slotId} = ?',
  'DELETE FROM {slot} WHERE {slot.id} = ?',
];
const REMOVE = [
  'DELETE FROM {reservation} WHERE {reservation.restaurantId} = ?',
  'DELETE FROM {slot} WHERE {slot.restaurantId} = ?',
  'DELETE FROM {restaurant} WHERE {restaurant.id} = ?',
];

/** Runs `work` in a {@link SuiteScene}. However it ends, closes everything that it opened and removes its rows. */
export async function withSuiteScene<T>(
  given: Pick<SuiteScene, 'database' | 'strategy' | 'settings' | 'random' | 'keyPrefix'>,
  work: (scene: SuiteScene) => Promise<T>,
): Promise<T> {
  const { database, strategy, settings } = given;
  const { insertId: restaurantId } = await execute(database, INSERT_RESTAURANT, []);
  const opened: Reservations[] = [];
  const history: HistoryEntry[] = [];
  const counted = countDeadlocks(database);
  let slots = 0;
  const scene: SuiteScene = {
    ...given,
    history,
    addSlots: async (count, capacity) => {
      const ids: number[] = [];
      for (let added = 0; added < count; added += 1) {
        const place = placeOf((slots += 1));
        ids.push((await execute(database, INSERT_SLOT, [restaurantId, ...place, capacity])).insertId);
      }
      return ids;
    },
    open: (options = {}) => {
      const reservations = createReservations({ ...settings, ...options, database: counted.database, strategy });
      opened.push(reservations);
      return recordHistory(reservations, { add: (entry) => void history.push(entry), seatsPer: options.seatsPer });
    },
    removeSlot: async (slotId) => {
      for (const sql of REMOVE_SLOT) await execute(database, sql, [slotId]);
    },
    look: (slotId) => lookAtSlot(database, slotId),
    deadlocks: () => counted.deadlocks(),
    judge: () => judge(database, strategy, { entries: history, exclusive: true }),
  };
  return withClosing(({ onClose }) => {
    for (const sql of REMOVE.toReversed()) onClose(async () => void (await execute(database, sql, [restaurantId])));
    onClose(async () => void (await Promise.all(opened.map((reservations) => reservations.close()))));
    return work(scene);
  });
}

function placeOf(slot: number): [date: string, time: string] {
  const date = new Date(Date.UTC(2099, 0, 1 + Math.floor(slot / 24))).toISOString().slice(0, 10);
  return [date, `${slot % 24}:00`];
}

async function execute(database: Database, sql: string, values: readonly SqlValue[]): Promise<{ insertId: number }> {
  return database.transaction((tx) => tx.execute(sql, values));
}

async function lookAtSlot(database: Database, slotId: number): Promise<SlotState> {
  const [slot] = await database.query<{ count: number; version: number }>(COUNT, [slotId]);
  const reservations = await database.query<SlotState['reservations'][number]>(RESERVATIONS, [slotId]);
  return { count: slot?.count ?? 0, version: slot?.version ?? 0, reservations };
}

async function judge(database: Database, strategy: LockStrategy, history: History): Promise<void> {
  const report = await checkInvariants(database, { history, limit: 5 });
  const broken = report.violations.filter(({ kind }) => claims(strategy, kind));
  if (broken.length > 0) throw new Error(broken.map(({ kind, text }) => `${kind}: ${text}`).join('\n'));
}

/**
 * Whether the strategy promises the invariant. A strategy may admit that it overbooks or loses updates, nothing else.
 */
function claims({ guarantees }: LockStrategy, kind: ViolationKind): boolean {
  if (kind === 'overbooked') return guarantees.noOverbooking;
  if (kind === 'count-differs' || kind === 'sold-out-unjustified') return guarantees.noLostUpdate;
  return true;
}
