import type { SchemaNames } from '../database/index.js';
import { type KeyValue, showValue, toDate, toInteger, toText, toTime } from './key-values.js';
import { type RecordLock, isGapLock } from './record-lock.js';

/** The columns of every index by `table` and name. A secondary index ends with the columns of the primary key. */
export type IndexColumns = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** How the slot of a lock can be found. */
export type SlotClue =
  | { by: 'slot'; slotId: number }
  | { by: 'slot-key'; restaurantId: number; date: string; time: string }
  | { by: 'reservation'; reservationId: number }
  | { by: 'idempotency-key'; idempotencyKey: string };

/** The table of the fencing tokens. It is tablepick's own, so its names are fixed. */
const FENCE = { table: 'slot_fence', slotId: 'slot_id' };

/**
 * The clue about its slot in a locked record. Undefined when the record is of another table, or when the lock is on a
 * gap and so on no slot.
 */
export function findClue(lock: RecordLock, indexes: IndexColumns, names: SchemaNames): SlotClue | undefined {
  if (isGapLock(lock)) return undefined;
  const value = valuesByColumn(lock, indexes);
  switch (lock.table) {
    case names.slot.table:
      return clueOfSlot(value, names.slot.columns);
    case names.reservation.table:
      return clueOfReservation(value, names.reservation.columns);
    case FENCE.table:
      return clueOfSlot(value, { ...names.slot.columns, id: FENCE.slotId });
    default:
      return undefined;
  }
}

type ValueOf = (column: string) => KeyValue | undefined;

function valuesByColumn(lock: RecordLock, indexes: IndexColumns): ValueOf {
  const columns = columnsOf(lock, indexes);
  return (column) => lock.values[columns.indexOf(column)];
}

function columnsOf({ table, index = '' }: RecordLock, indexes: IndexColumns): readonly string[] {
  return indexes.get(table)?.get(index) ?? [];
}

function clueOfSlot(value: ValueOf, columns: SchemaNames['slot']['columns']): SlotClue | undefined {
  const slotId = decode(value(columns.id), toInteger);
  if (slotId !== undefined) return { by: 'slot', slotId };
  const restaurantId = decode(value(columns.restaurantId), toInteger);
  const date = decode(value(columns.date), toDate);
  const time = decode(value(columns.time), toTime);
  if (restaurantId === undefined || date === undefined || time === undefined) return undefined;
  return { by: 'slot-key', restaurantId, date, time };
}

function clueOfReservation(value: ValueOf, columns: SchemaNames['reservation']['columns']): SlotClue | undefined {
  const slotId = decode(value(columns.slotId), toInteger);
  if (slotId !== undefined) return { by: 'slot', slotId };
  const reservationId = decode(value(columns.id), toInteger);
  if (reservationId !== undefined) return { by: 'reservation', reservationId };
  const idempotencyKey = decode(value(columns.idempotencyKey), toText);
  return idempotencyKey === undefined ? undefined : { by: 'idempotency-key', idempotencyKey };
}

function decode<T>(value: KeyValue | undefined, read: (value: KeyValue) => T | undefined): T | undefined {
  return value === undefined ? undefined : read(value);
}

/** The locked key for people: `id=12`, `gap before restaurant_id=2, date=2026-12-24, time=23:15`. */
export function describeKey(lock: RecordLock, indexes: IndexColumns, names: SchemaNames): string {
  if (lock.index === undefined) return 'the whole table';
  if (lock.isSupremum) return 'gap at the end of the index';
  if (lock.values.length === 0) return 'a record that the server does not tell';
  const fields = lock.values.map(fieldPrinter(lock.table, columnsOf(lock, indexes), names));
  return `${isGapLock(lock) ? 'gap before ' : ''}${fields.join(', ')}`;
}

function fieldPrinter(
  table: string,
  columns: readonly string[],
  names: SchemaNames,
): (value: KeyValue, place: number) => string {
  const slot = table === names.slot.table ? names.slot.columns : undefined;
  return (value, place) => {
    const column = columns[place];
    if (column === undefined) return showValue(value);
    if (column === slot?.date) return `${column}=${toDate(value) ?? value}`;
    if (column === slot?.time) return `${column}=${toTime(value) ?? value}`;
    return `${column}=${showValue(value)}`;
  };
}
