import { TablepickError } from '../errors.js';

/**
 * The names of a table and its columns. Statements use `{slot}` for a table and `{slot.date}` for a column, and the
 * session that runs them inserts the quoted identifiers. So a user's own names work everywhere, also a reserved word or
 * a name with a space.
 */
export interface TableName<Column extends string> {
  readonly table: string;
  readonly columns: Readonly<Record<Column, string>>;
}

/** Tables and columns that a user may rename. The names of tablepick's own tables are fixed. */
export interface SchemaNames {
  readonly restaurant: TableName<'id' | 'name' | 'maxCapacity' | 'timeZone'>;
  readonly operatingHour: TableName<
    'restaurantId' | 'dayOfWeek' | 'openTime' | 'closeTime' | 'isHoliday' | 'stepMinutes' | 'capacity'
  >;
  readonly slot: TableName<'id' | 'restaurantId' | 'date' | 'time' | 'capacity' | 'count' | 'version'>;
  readonly reservation: TableName<
    | 'id'
    | 'slotId'
    | 'restaurantId'
    | 'memberId'
    | 'partySize'
    | 'seats'
    | 'groupId'
    | 'status'
    | 'idempotencyKey'
    | 'createdAt'
    | 'expiresAt'
    | 'paymentId'
    | 'paymentStatus'
    | 'liveMemberId'
  >;
}

/** The names of the schema that `tablepick init` creates. */
export const defaultNames: SchemaNames = {
  restaurant: {
    table: 'restaurant',
    columns: { id: 'id', name: 'name', maxCapacity: 'max_capacity', timeZone: 'time_zone' },
  },
  operatingHour: {
    table: 'restaurant_operating_hour',
    columns: {
      restaurantId: 'restaurant_id',
      dayOfWeek: 'day_of_week',
      openTime: 'open_time',
      closeTime: 'close_time',
      isHoliday: 'is_holiday',
      stepMinutes: 'step_minutes',
      capacity: 'capacity',
    },
  },
  slot: {
    table: 'reservation_slot',
    columns: {
      id: 'id',
      restaurantId: 'restaurant_id',
      date: 'date',
      time: 'time',
      capacity: 'capacity',
      count: 'count',
      version: 'version',
    },
  },
  reservation: {
    table: 'reservation',
    columns: {
      id: 'id',
      slotId: 'reservation_slot_id',
      restaurantId: 'restaurant_id',
      memberId: 'member_id',
      partySize: 'party_size',
      seats: 'seats',
      groupId: 'group_id',
      status: 'status',
      idempotencyKey: 'idempotency_key',
      createdAt: 'created_at',
      expiresAt: 'expires_at',
      paymentId: 'payment_id',
      paymentStatus: 'payment_status',
      liveMemberId: 'live_member_id',
    },
  },
};

/** `name` as a quoted MySQL identifier. A backtick inside is doubled. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A placeholder that names a table of the schema, wherever it stands. */
const ANY_OF_OURS = new RegExp(`\\{(?:${Object.keys(defaultNames).join('|')})[.}]`);

/** Quoted text, comments, and placeholders. A comment that the server executes is no comment. */
const TOKENS = new RegExp(
  [
    /'[^'\\]*(?:\\[\s\S][^'\\]*)*'/,
    /"[^"\\]*(?:\\[\s\S][^"\\]*)*"/,
    /`[^`]*`/,
    /--\s[^\n]*|#[^\n]*/,
    /\/\*(?!M?!|\+)[\s\S]*?\*\//,
    /\{(\w+)(?:\.(\w+))?\}/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

/**
 * Replaces every `{table}` and `{table.column}` in `sql` by its quoted identifier. Quoted text and comments stay as
 * they are.
 *
 * @param others What happens to `{…}` that names no table of the schema. Default `refused`.
 * @throws `QUERY_FAILED`, not retriable, when a placeholder names an unknown column, or with `refused` an unknown
 * table: that is a defect of the statement, not of its input.
 */
export function renderSql(names: SchemaNames, sql: string, others: 'refused' | 'kept' = 'refused'): string {
  // Long texts with braces of their own, such as JSON, are not read twice.
  if (others === 'kept' && !ANY_OF_OURS.test(sql)) return sql;
  return sql.replace(TOKENS, (token, tableKey?: string, columnKey?: string) => {
    if (tableKey === undefined) return token;
    const table = Object.hasOwn(names, tableKey)
      ? (names[tableKey as keyof SchemaNames] as TableName<string>)
      : undefined;
    if (table === undefined && others === 'kept') return token;
    const identifier = columnKey === undefined ? table?.table : table?.columns[columnKey];
    if (typeof identifier !== 'string') throw unknownPlaceholder(token);
    return quoteIdentifier(identifier);
  });
}

function unknownPlaceholder(placeholder: string): TablepickError {
  return new TablepickError('QUERY_FAILED', `the placeholder ${placeholder} of a statement names no table or column`, {
    hint: 'SchemaNames lists the tables and columns that a placeholder may name; put other text in quotes or in a value',
  });
}
