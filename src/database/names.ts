/**
 * The names of a table and its columns. SQL constants use `{slot}` for a table and `{slot.date}` for a column, and
 * `Database.sql` inserts the quoted identifiers. So a user's own names work everywhere, also a reserved word or a name
 * with a space.
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

/**
 * Replaces every `{table}` and `{table.column}` in `sql` by its quoted identifier.
 *
 * @throws Error when a placeholder is unknown: that is a defect of the statement, not of its input.
 */
export function renderSql(names: SchemaNames, sql: string): string {
  return sql.replace(/\{(\w+)(?:\.(\w+))?\}/g, (placeholder, tableKey: string, columnKey?: string) => {
    const table = (names as unknown as Record<string, TableName<string> | undefined>)[tableKey];
    const identifier = columnKey === undefined ? table?.table : table?.columns[columnKey];
    if (identifier === undefined) throw new Error(`SQL placeholder ${placeholder} names no table or column`);
    return quoteIdentifier(identifier);
  });
}
