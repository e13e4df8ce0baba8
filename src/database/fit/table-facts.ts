import type { Session } from '../database.js';
import { placeholders } from '../placeholders.js';

/** A column as the server describes it. */
export interface ColumnFacts {
  name: string;
  /** With length and sign, lower case: "bigint unsigned", "enum('A','B')". */
  columnType: string;
  /** Without length and sign: "bigint". */
  dataType: string;
  isNullable: boolean;
  /** As text, without quotes. Undefined when there is none. */
  defaultText: string | undefined;
  isAutoIncrement: boolean;
  /** `ON UPDATE CURRENT_TIMESTAMP`: every UPDATE of the row changes it. */
  isUpdatedByItself: boolean;
  /** The expression of a generated column. Undefined for other columns. Empty when the user may not see it. */
  generatedAs: string | undefined;
  collation: string | null;
  /** Longest text in characters. */
  length: number | null;
  /** Digits after the seconds. */
  precision: number | null;
}

/** An index as the server describes it. An expression is written "null". */
export interface IndexFacts {
  name: string;
  columns: string[];
  unique: boolean;
  primary: boolean;
}

/** A table as the server describes it. */
export interface TableFacts {
  /** "BASE TABLE", "VIEW", … */
  tableType: string;
  engine: string | null;
  columns: ColumnFacts[];
  indexes: IndexFacts[];
}

const WHERE = 'WHERE table_schema = DATABASE() AND table_name IN ';

const SELECT_TABLES = `SELECT table_name AS \`table\`, table_type AS tableType, engine AS engine FROM information_schema.tables ${WHERE}`;

const SELECT_COLUMNS = `SELECT table_name AS \`table\`, column_name AS name, column_type AS columnType, data_type AS dataType,
    is_nullable AS nullable, column_default AS defaultText, extra AS extra, generation_expression AS expression,
    collation_name AS collation, CAST(character_maximum_length AS DOUBLE) AS length, datetime_precision AS \`precision\`
  FROM information_schema.columns ${WHERE}`;

const SELECT_INDEXES = `SELECT table_name AS \`table\`, index_name AS \`index\`, column_name AS \`column\`, non_unique AS notUnique,
    sub_part AS prefix
  FROM information_schema.statistics ${WHERE}`;
const IN_ORDER = ' ORDER BY table_name, index_name, seq_in_index';

interface ColumnRow extends Pick<ColumnFacts, 'name' | 'collation' | 'length' | 'precision'> {
  table: string;
  columnType: string;
  dataType: string;
  nullable: string;
  defaultText: string | null;
  extra: string;
  expression: string | null;
}

interface IndexRow {
  table: string;
  index: string;
  column: string | null;
  notUnique: number;
  prefix: number | null;
}

/**
 * Reads the server's facts about the existing tables of `tables`. The keys are names in lower case, because a server
 * may store table names in lower case.
 */
export async function readTableFacts(
  reader: Pick<Session, 'query'>,
  tables: readonly string[],
): Promise<Map<string, TableFacts>> {
  const names = [...new Set(tables.flatMap((table) => [table, table.toLowerCase()]))];
  const list = placeholders(names);
  const found = await reader.query<{ table: string; tableType: string; engine: string | null }>(
    SELECT_TABLES + list,
    names,
  );
  const columns = await reader.query<ColumnRow>(SELECT_COLUMNS + list, names);
  const indexes = await reader.query<IndexRow>(SELECT_INDEXES + list + IN_ORDER, names);
  return new Map(
    found.map(({ table, tableType, engine }) => {
      const isOfIt = (row: { table: string }): boolean => row.table === table;
      const facts = { columns: columns.filter(isOfIt).map(toColumn), indexes: toIndexes(indexes.filter(isOfIt)) };
      return [table.toLowerCase(), { tableType, engine, ...facts }];
    }),
  );
}

function toColumn({ columnType, dataType, nullable, extra, expression, ...row }: ColumnRow): ColumnFacts {
  return {
    name: row.name,
    columnType: /^(enum|set)\(/i.test(columnType) ? columnType : columnType.toLowerCase(),
    dataType: dataType.toLowerCase(),
    isNullable: nullable === 'YES',
    defaultText: readDefault(row.defaultText),
    isAutoIncrement: /auto_increment/i.test(extra),
    isUpdatedByItself: /\bon update\b/i.test(extra),
    generatedAs: /\b(STORED|VIRTUAL|PERSISTENT) GENERATED\b/i.test(extra) ? (expression ?? '') : undefined,
    collation: row.collation,
    length: row.length,
    precision: row.precision,
  };
}

/** MariaDB writes a default as an expression: with quotes, and NULL as a word. */
function readDefault(text: string | null): string | undefined {
  if (text === null || text === 'NULL') return undefined;
  return text.replace(/^'(.*)'$/s, '$1');
}

function toIndexes(rows: readonly IndexRow[]): IndexFacts[] {
  const indexes = new Map<string, IndexFacts>();
  for (const { index, column, notUnique, prefix } of rows) {
    const known = indexes.get(index) ?? {
      name: index,
      columns: [],
      unique: notUnique === 0,
      primary: index === 'PRIMARY',
    };
    indexes.set(index, known);
    // An index over the beginning of a column is not the same as an index over the column.
    known.columns.push(prefix === null ? String(column).toLowerCase() : `${String(column).toLowerCase()}(${prefix})`);
  }
  return [...indexes.values()];
}
