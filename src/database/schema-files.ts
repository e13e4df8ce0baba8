import { createHash } from 'node:crypto';

import { renderSql, type SchemaNames } from './names.js';
import { readSchemaTexts } from './schema-texts.js';

/** One numbered file of the schema, as it is shipped. */
export interface SchemaFile {
  number: number;
  /** File name without `.sql`: "001_reservation". */
  name: string;
  /** SHA-256 (hex) of its text, whatever its line ends. */
  checksum: string;
  /** Its statements, placeholders not yet rendered. */
  statements: string[];
}

/** What a statement of a schema file creates, with the real names. */
export interface ExpectedTable {
  /** What the schema file calls it: "slot" for a table that a user may call otherwise, else its name. */
  key: string;
  table: string;
  columns: ExpectedColumn[];
  indexes: { columns: string[]; unique: boolean; primary: boolean }[];
  /** The command that makes it. */
  init: string;
}

/** A column as its schema file writes it. */
export interface ExpectedColumn {
  /** "slot.time" for a column that a user may call otherwise, else its name behind its table's: "outbox.seq". */
  key: string;
  name: string;
  /** All that stands behind its name: "BIGINT NOT NULL AUTO_INCREMENT". */
  definition: string;
}

/** Whose tables: those of slots and reservations, or those of the payment service, which has a database of its own. */
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

/**
 * Splits SQL text at its semicolons, but not at those in quotes or comments; comments outside of statements are
 * dropped.
 */
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

/** Reads off the schema files which tables, columns and indexes there ought to be. */
export function expectedTables(files: readonly SchemaFile[], names: SchemaNames): ExpectedTable[] {
  return files.flatMap(({ name, statements }) => {
    const init = PAYMENT_ALONE.includes(name) ? 'tablepick init --payment' : 'tablepick init';
    return statements.map((statement) => ({ ...readCreateTable(statement, names), init }));
  });
}

/**
 * The files keep to one column or key a line, indented by two; what is indented deeper goes on with the line before.
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
