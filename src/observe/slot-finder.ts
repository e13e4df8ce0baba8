import type { Database, Session, SqlValue } from '../database/index.js';
import { retryTransient } from '../retry.js';
import type { LockedSlot } from './lock-wait.js';
import type { RecordLock } from './record-lock.js';
import { type IndexColumns, type SlotClue, describeKey, findClue } from './slot-clue.js';

/** The slot and the key of a lock. */
export interface LockSubject {
  slot: LockedSlot | undefined;
  key: string;
}

/** Finds the slots of locks. It asks the server once for each. */
export interface SlotFinder {
  /** The subject of each of `locks`, in their order. */
  find(locks: readonly RecordLock[], signal?: AbortSignal): Promise<LockSubject[]>;
}

const SELECT_INDEX_COLUMNS = `
  SELECT TABLE_NAME AS \`table\`, INDEX_NAME AS \`index\`, COLUMN_NAME AS \`column\` FROM information_schema.STATISTICS
  WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`;

const SLOTS_KEPT_AT_MOST = 10_000;

/** A {@link SlotFinder} for the schema of `database`. */
export async function openSlotFinder(database: Database, signal?: AbortSignal): Promise<SlotFinder> {
  const indexes = await readIndexColumns(database, signal);
  const known = new Map<string, LockedSlot>();
  return {
    find: async (locks, signal) => {
      const clues = locks.map((lock) => findClue(lock, indexes, database.names));
      const unknown = new Map(
        clues.flatMap((clue) => (clue && !known.has(nameOf(clue)) ? [[nameOf(clue), clue]] : [])),
      );
      if (known.size > SLOTS_KEPT_AT_MOST) known.clear();
      for (const [name, slot] of await lookUp(database, [...unknown.values()], signal)) known.set(name, slot);
      return locks.map((lock, i) => {
        const clue = clues[i];
        return { slot: clue && known.get(nameOf(clue)), key: describeKey(lock, indexes, database.names) };
      });
    },
  };
}

async function readIndexColumns(database: Database, signal: AbortSignal | undefined): Promise<IndexColumns> {
  const rows = await database.query<{ table: string; index: string; column: string }>(SELECT_INDEX_COLUMNS, [], {
    signal,
  });
  const indexes = new Map<string, Map<string, string[]>>();
  for (const { table, index, column } of rows) {
    const ofTable = indexes.get(table) ?? new Map<string, string[]>();
    ofTable.set(index, [...(ofTable.get(index) ?? []), column]);
    indexes.set(table, ofTable);
  }
  for (const ofTable of indexes.values()) appendPrimaryKey(ofTable);
  return indexes;
}

/** InnoDB appends to a secondary index the columns of the primary key that the index does not have yet. */
function appendPrimaryKey(indexes: Map<string, string[]>): void {
  const primary = indexes.get('PRIMARY') ?? [];
  for (const [name, columns] of indexes) {
    indexes.set(name, [...columns, ...primary.filter((column) => !columns.includes(column))]);
  }
}

function nameOf(clue: SlotClue): string {
  return JSON.stringify(clue);
}

type FoundRow = LockedSlot & { clue: string | number | null };

const SLOT_COLUMNS = `
  s.{slot.id} AS slotId, s.{slot.restaurantId} AS restaurantId,
  DATE_FORMAT(s.{slot.date}, '%Y-%m-%d') AS date, TIME_FORMAT(s.{slot.time}, '%H:%i') AS time`;
const FROM_SLOT = `SELECT ${SLOT_COLUMNS}, NULL AS clue FROM {slot} s`;
const FROM_RESERVATION = `{reservation} r JOIN {slot} s ON s.{slot.id} = r.{reservation.slotId}`;

/**
 * A way to look slots up: a statement without its WHERE, the condition for one clue with its values, and the clue that
 * a row belongs to.
 */
interface LookUp<By extends SlotClue['by']> {
  select: string;
  condition: string;
  values(clue: Extract<SlotClue, { by: By }>): SqlValue[];
  clueOf(row: FoundRow): SlotClue;
}

const LOOK_UPS: { readonly [By in SlotClue['by']]: LookUp<By> } = {
  slot: {
    select: FROM_SLOT,
    condition: 's.{slot.id} = ?',
    values: ({ slotId }) => [slotId],
    clueOf: ({ slotId }) => ({ by: 'slot', slotId }),
  },
  'slot-key': {
    select: FROM_SLOT,
    condition: '(s.{slot.restaurantId} = ? AND s.{slot.date} = ? AND s.{slot.time} = ?)',
    values: ({ restaurantId, date, time }) => [restaurantId, date, time],
    clueOf: ({ restaurantId, date, time }) => ({ by: 'slot-key', restaurantId, date, time }),
  },
  reservation: {
    select: `SELECT ${SLOT_COLUMNS}, r.{reservation.id} AS clue FROM ${FROM_RESERVATION}`,
    condition: 'r.{reservation.id} = ?',
    values: ({ reservationId }) => [reservationId],
    clueOf: ({ clue }) => ({ by: 'reservation', reservationId: Number(clue) }),
  },
  'idempotency-key': {
    select: `SELECT ${SLOT_COLUMNS}, r.{reservation.idempotencyKey} AS clue FROM ${FROM_RESERVATION}`,
    condition: 'r.{reservation.idempotencyKey} = ?',
    values: ({ idempotencyKey }) => [idempotencyKey],
    clueOf: ({ clue }) => ({ by: 'idempotency-key', idempotencyKey: String(clue) }),
  },
};

type FoundSlot = [clue: string, slot: LockedSlot];

async function lookUp(
  database: Database,
  clues: readonly SlotClue[],
  signal: AbortSignal | undefined,
): Promise<FoundSlot[]> {
  if (clues.length === 0) return [];
  const work = async (session: Session): Promise<FoundSlot[]> => {
    // Another transaction may wait for an inserted row before the row is committed.
    await session.execute('SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED');
    const found: FoundSlot[] = [];
    for (const by of new Set(clues.map((clue) => clue.by))) {
      const sameKind = clues.filter((clue) => clue.by === by);
      found.push(...(await lookUpAlike(session, sameKind)));
    }
    return found;
  };
  return retryTransient(() => database.session(work, { signal }), { signal });
}

async function lookUpAlike(session: Session, clues: readonly SlotClue[]): Promise<FoundSlot[]> {
  const { select, condition, values, clueOf } = LOOK_UPS[clues[0]!.by] as LookUp<SlotClue['by']>;
  const sql = `${select} WHERE ${clues.map(() => condition).join(' OR ')}`;
  const rows = await session.query<FoundRow>(sql, clues.flatMap(values));
  return rows.map(({ clue, ...slot }) => [nameOf(clueOf({ clue, ...slot })), slot]);
}
