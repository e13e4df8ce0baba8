import type { Database } from './database.js';
import { readApplied } from './migrate.js';
import { expectedTables, filesOf, type ExpectedTable, type SchemaOwner } from './schema-files.js';

/** Something the schema files ask for and the database has not. */
export interface SchemaDifference {
  kind: 'pending-file' | 'missing-table' | 'missing-column' | 'missing-index';
  /** Empty for a pending file. */
  table: string;
  /** The file, the table, the column, or the columns of the index. */
  name: string;
}

interface IndexRow {
  table: string;
  index: string;
  column: string;
  notUnique: number;
}

const SELECT_COLUMNS = `SELECT table_name AS \`table\`, column_name AS \`column\`
  FROM information_schema.columns WHERE table_schema = DATABASE()`;

const SELECT_INDEXES = `SELECT table_name AS \`table\`, index_name AS \`index\`, column_name AS \`column\`, non_unique AS notUnique
  FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index`;

/**
 * Compares the database with the schema files; an empty list means nothing is missing. What is there beside it is the user's and not looked at.
 * Indexes are compared by their columns, whatever their names: a longer one that begins with the same columns will do where none has to be unique.
 *
 * @throws `SCHEMA_DRIFT` when an applied file is not the one shipped.
 */
export async function schemaDrift(database: Database, owner: SchemaOwner = 'reservation'): Promise<SchemaDifference[]> {
  const files = filesOf(owner);
  const applied = await readApplied(database);
  const pending = files.filter(({ name }) => !applied.includes(name));
  const columns = groupColumns(await database.query<{ table: string; column: string }>(SELECT_COLUMNS));
  const indexes = groupIndexes(await database.query<IndexRow>(SELECT_INDEXES));
  return [
    ...pending.map(({ name }) => ({ kind: 'pending-file' as const, table: '', name })),
    ...expectedTables(files, database.names).flatMap((expected) =>
      compareTable(
        expected,
        columns.get(expected.table.toLowerCase()),
        indexes.get(expected.table.toLowerCase()) ?? [],
      ),
    ),
  ];
}

function compareTable(
  expected: ExpectedTable,
  columns: Set<string> | undefined,
  indexes: ExpectedTable['indexes'],
): SchemaDifference[] {
  const { table } = expected;
  if (columns === undefined) return [{ kind: 'missing-table', table, name: table }];
  const missingColumns = expected.columns.filter((column) => !columns.has(column.toLowerCase()));
  const missingIndexes = expected.indexes.filter((wanted) => !indexes.some((index) => serves(index, wanted)));
  return [
    ...missingColumns.map((name) => ({ kind: 'missing-column' as const, table, name })),
    ...missingIndexes.map(({ columns: list }) => ({ kind: 'missing-index' as const, table, name: list.join(', ') })),
  ];
}

function serves(index: ExpectedTable['indexes'][number], wanted: ExpectedTable['indexes'][number]): boolean {
  const begins = wanted.columns.every((column, place) => index.columns[place] === column.toLowerCase());
  return begins && (!wanted.unique || (index.unique && index.columns.length === wanted.columns.length));
}

/** Keys and columns in lower case: a server may store table names so, and column names compare without case. */
function groupColumns(rows: readonly { table: string; column: string }[]): Map<string, Set<string>> {
  const tables = new Map<string, Set<string>>();
  for (const { table, column } of rows) {
    const key = table.toLowerCase();
    tables.set(key, (tables.get(key) ?? new Set()).add(column.toLowerCase()));
  }
  return tables;
}

function groupIndexes(rows: readonly IndexRow[]): Map<string, ExpectedTable['indexes']> {
  const indexes = new Map<string, ExpectedTable['indexes'][number]>();
  const tables = new Map<string, ExpectedTable['indexes']>();
  for (const row of rows) {
    const key = `${row.table}\0${row.index}`;
    const known = indexes.get(key) ?? { columns: [], unique: row.notUnique === 0 };
    // An index over an expression has no column name.
    known.columns.push(String(row.column).toLowerCase());
    if (indexes.has(key)) continue;
    indexes.set(key, known);
    const table = row.table.toLowerCase();
    tables.set(table, [...(tables.get(table) ?? []), known]);
  }
  return tables;
}
