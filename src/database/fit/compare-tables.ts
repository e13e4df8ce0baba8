import { type ColumnMisfit, judgeColumn, judgeForeignColumn } from './column-fit.js';
import type { Session } from '../database.js';
import { extraKeys } from './extra-keys.js';
import { quoteIdentifier } from '../names.js';
import type { ExpectedTable } from '../schema-files.js';
import { readTableFacts, type IndexFacts, type TableFacts } from './table-facts.js';

/**
 * A difference between the schema files and the database.
 *
 * - `pending-file`, `missing-table`: `tablepick init` creates it;
 * - `missing-column`, `missing-key` (a primary or unique key): nothing works without it;
 * - `missing-index`: it works, slowly;
 * - `extra-key`: a user's unique key over our columns: it refuses our rows;
 * - `wrong-table`: a view, a system-versioned table, or an engine without transactions;
 * - `wrong-type`: a column with a type that would change values, or that cannot be NULL or be written as needed;
 * - `nullable`: NULL is allowed, but a value is needed;
 * - `wrong-default`: our INSERT would fail or write a wrong value.
 */
export interface SchemaDifference {
  kind:
    | 'pending-file'
    | 'missing-table'
    | 'missing-column'
    | 'missing-key'
    | 'missing-index'
    | 'extra-key'
    | 'wrong-table'
    | ColumnMisfit['kind'];
  /** Empty for a pending file. */
  table: string;
  /** The file, the table, the column, or the columns of the index. */
  name: string;
  /** The difference as one clause: "column count of table reservation_slot may be NULL". */
  found: string;
  /** The command or the statements that repair it. */
  repair: string;
}

/** The differences between the expected `tables` and the database. */
export async function compareTables(
  reader: Pick<Session, 'query'>,
  tables: readonly ExpectedTable[],
): Promise<SchemaDifference[]> {
  const facts = await readTableFacts(
    reader,
    tables.map(({ table }) => table),
  );
  return judgeTables(tables, facts);
}

/** Like {@link compareTables}, with facts that were read before. */
export function judgeTables(
  tables: readonly ExpectedTable[],
  facts: ReadonlyMap<string, TableFacts>,
): SchemaDifference[] {
  return tables.flatMap((expected) => compareTable(expected, facts.get(expected.table.toLowerCase())));
}

/** The repair of a missing table. */
export const INIT = 'run `tablepick init`';

function compareTable(expected: ExpectedTable, facts: TableFacts | undefined): SchemaDifference[] {
  const { table } = expected;
  if (facts === undefined) {
    return [
      {
        kind: 'missing-table',
        table,
        name: table,
        found: `table ${table} is missing`,
        repair: `run \`${expected.init}\``,
      },
    ];
  }
  const wrong = judgeTable(table, facts);
  if (wrong !== undefined) return [wrong];
  return [...compareColumns(expected, facts), ...compareIndexes(expected, facts.indexes), ...foreign(expected, facts)];
}

function judgeTable(table: string, { tableType, engine }: TableFacts): SchemaDifference | undefined {
  const about = { kind: 'wrong-table', table, name: table } as const;
  if (tableType !== 'BASE TABLE') {
    const word = tableType.toLowerCase();
    if (word === 'system versioned') {
      const end = `ALTER TABLE ${quoteIdentifier(table)} DROP SYSTEM VERSIONING`;
      return { ...about, found: `table ${table} is system-versioned, which is untried`, repair: end };
    }
    const repair = `give the name of the table itself, or move the ${word} out of the way`;
    return { ...about, found: `${table} is a ${word}, not a table`, repair };
  }
  if (engine === 'InnoDB') return undefined;
  const found = `table ${table} has the engine ${engine ?? 'of no name'}, which cannot keep a transaction`;
  return { ...about, found, repair: `ALTER TABLE ${quoteIdentifier(table)} ENGINE = InnoDB` };
}

/** Tables that are only read, by the names of their columns. Other columns and keys do not matter. */
const READ_ONLY = ['restaurant', 'operatingHour'];

function compareColumns({ key, table, columns }: ExpectedTable, facts: TableFacts): SchemaDifference[] {
  return columns.flatMap((column): SchemaDifference[] => {
    const { name, definition } = column;
    const actual = facts.columns.find((each) => each.name.toLowerCase() === name.toLowerCase());
    if (actual === undefined) {
      // The id of an operating hour is not used.
      if (column.key === 'operatingHour.id') return [];
      const choice = column.key === 'restaurant.timeZone' ? ' /* or the zone that your restaurants are in */' : '';
      const repair = `ALTER TABLE ${quoteIdentifier(table)} ADD COLUMN ${quoteIdentifier(name)} ${definition}${choice}`;
      return [{ kind: 'missing-column', table, name, found: `table ${table} has no column ${name}`, repair }];
    }
    const misfit = column.key === `${key}.id` && READ_ONLY[1] === key ? undefined : judgeColumn(table, column, actual);
    return misfit === undefined ? [] : [describeColumn(table, name, misfit)];
  });
}

function foreign(expected: ExpectedTable, facts: TableFacts): SchemaDifference[] {
  if (READ_ONLY.includes(expected.key)) return [];
  return [...foreignColumns(expected, facts), ...extraKeys(expected, facts.indexes).map(describeKey(expected.table))];
}

function describeKey(table: string): (index: IndexFacts) => SchemaDifference {
  return ({ name, columns }) => ({
    kind: 'extra-key',
    table,
    name,
    found: `unique key ${name} of table ${table} on (${columns.join(', ')}) is not one of ours, and refuses rows that we write`,
    repair: `ALTER TABLE ${quoteIdentifier(table)} DROP KEY ${quoteIdentifier(name)}`,
  });
}

function foreignColumns({ table, columns }: ExpectedTable, facts: TableFacts): SchemaDifference[] {
  const ours = new Set(columns.map(({ name }) => name.toLowerCase()));
  return facts.columns.flatMap((actual) => {
    const misfit = ours.has(actual.name.toLowerCase()) ? undefined : judgeForeignColumn(table, actual);
    return misfit === undefined ? [] : [describeColumn(table, actual.name, misfit)];
  });
}

function describeColumn(table: string, name: string, { kind, why, repair }: ColumnMisfit): SchemaDifference {
  return { kind, table, name, found: `column ${name} of table ${table} ${why}`, repair };
}

function compareIndexes({ key, table, indexes }: ExpectedTable, actual: readonly IndexFacts[]): SchemaDifference[] {
  const missing = indexes.filter((wanted) => !actual.some((index) => serves(index, wanted)));
  return missing
    .filter(({ primary }) => !(primary && key === 'operatingHour'))
    .map(({ columns, unique, primary }) => {
      const name = columns.join(', ');
      const word = primary ? 'PRIMARY KEY' : unique ? 'UNIQUE KEY' : 'KEY';
      const list = columns.map(quoteIdentifier).join(', ');
      return {
        kind: unique ? ('missing-key' as const) : ('missing-index' as const),
        table,
        name,
        found: `table ${table} has no ${unique ? word.toLowerCase() : 'index'} on (${name})`,
        repair: `ALTER TABLE ${quoteIdentifier(table)} ADD ${word} (${list})`,
      };
    });
}

/**
 * Checks whether an index fits a wanted index. A unique key may have its columns in any order. A wanted primary key
 * must be the primary key.
 */
function serves(index: IndexFacts, wanted: ExpectedTable['indexes'][number]): boolean {
  const columns = wanted.columns.map((column) => column.toLowerCase());
  if (!wanted.unique) return columns.every((column, place) => index.columns[place] === column);
  const isSame = index.columns.length === columns.length && columns.every((column) => index.columns.includes(column));
  return isSame && index.unique && (index.primary || !wanted.primary);
}
