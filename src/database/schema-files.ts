import { createHash } from 'node:crypto';

import { renderSql, type SchemaNames } from './names.js';
import { readSchemaTexts } from './schema-texts.js';

/** One shipped, numbered schema file. */
export interface SchemaFile {
  number: number;
  /** File name without `.sql`: "001_reservation". */
  name: string;
  /** SHA-256 (hex) of its text, with line ends as `\n`. */
  checksum: string;
  /** Its statements, with placeholders. */
  statements: string[];
}

/** The table of a schema file's statement, with the real names. */
export interface ExpectedTable {
  /** Its name in the schema file: "slot" for a table that a user may rename, else the table's name. */
  key: string;
  table: string;
  columns: ExpectedColumn[];
  indexes: { columns: string[]; unique: boolean; primary: boolean }[];
  /** The command that creates it. */
  init: string;
}

/** A column of a schema file. */
export interface ExpectedColumn {
  /** "slot.time" for a column that a user may rename, else table and column name: "outbox.seq". */
  key: string;
  name: string;
  /** The text after its name: "BIGINT NOT NULL AUTO_INCREMENT". */
  definition: string;
}

/** The owner of tables: slots and reservations, or the payment service. The payment service has its own database. */
export type SchemaOwner = 'reservation' | 'payment';

const PAYMENT_ALONE: readonly string[] = ['006_payment', '007_payment_mismatch'];
const OWNED_BY_PAYMENT: readonly string[] = ['004_messaging', ...PAYMENT_ALONE];

/** The schema files of one service, in order. */
export function filesOf(owner: SchemaOwner): SchemaFile[] {
  const isPayment = ({ name }: SchemaFile): boolean => OWNED_BY_PAYMENT.includes(name);
  const files = readSchemaFiles();
  return owner === 'payment' ? files.filter(isPayment) : files.filter(({ name }) => !PAYMENT_ALONE.includes(name));
}

/** Reads the numbered schema files of all services, in order. */
export function readSchemaFiles(): SchemaFile[] {
  return readSchemaTexts().map(([file, written]) => {
    const text = written.replaceAll('\r\n', '\n');
    return {
      number: Number(file.slice(0, 3)),
      name: file.slice(0, -'.sql'.length),
      checksum: createHash('sha256').update(text).digest('hex'),
      statements: splitStatements(text),
    };
  });
}

/** Splits SQL text at its semicolons, but not in quotes or comments. Comments are dropped. */
export function splitStatements(text: string): string[] {
  const pieces =
    text.match(/'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`|--[ \t][^\n]*|\/\*.*?\*\/|;|[^;]/gs) ?? [];
  const statements = [''];
  for (const piece of pieces) {
    if (piece === ';') statements.push('');
    else if (!/^(--[ \t]|\/\*)/.test(piece)) statements[statements.length - 1] += piece;
  }
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '');
}

/** Reads the expected tables, columns and indexes from the schema files. */
export function expectedTables(files: readonly SchemaFile[], names: SchemaNames): ExpectedTable[] {
  return files.flatMap(({ name, statements }) => {
    const init = PAYMENT_ALONE.includes(name) ? 'tablepick init --payment' : 'tablepick init';
    return statements.map((statement) => ({ ...readCreateTable(statement, names), init }));
  });
}

/**
 * The files have one column or key per line, indented by two spaces. A line with a deeper indent continues the line
 * before.
 */
function readCreateTable(statement: string, names: SchemaNames): Omit<ExpectedTable, 'init'> {
  const [head = '', ...lines] = statement.replace(/\n {4,}/g, ' ').split('\n');
  const named = (text: string): string[] => readIdentifiers(renderSql(names, text));
  const template = /EXISTS (\S+)/.exec(head)?.[1] ?? '';
  const key = template.replace(/[{}]/g, '');
  const expected: Omit<ExpectedTable, 'init'> = { key, table: named(template)[0]!, columns: [], indexes: [] };
  for (const line of lines) {
    const index = /^ {2}(PRIMARY |UNIQUE )?KEY[^(]*\((.*)\)/.exec(line);
    const [, name, definition] = /^ {2}(\{[\w.]+\}|[a-z]\w*) (.*?),?$/.exec(line) ?? [];
    if (index !== null) {
      const [, kind, list = ''] = index;
      expected.indexes.push({ columns: named(list), unique: kind !== undefined, primary: kind === 'PRIMARY ' });
    } else if (name !== undefined && definition !== undefined) {
      const column = name.startsWith('{') ? name.slice(1, -1) : `${key}.${name}`;
      expected.columns.push({ key: column, name: named(name)[0]!, definition: renderSql(names, definition) });
    }
  }
  return expected;
}

function readIdentifiers(list: string): string[] {
  const found = list.match(/`(?:[^`]|``)*`|\w+/g) ?? [];
  return found.map((name) => (name.startsWith('`') ? name.slice(1, -1).replaceAll('``', '`') : name));
}
