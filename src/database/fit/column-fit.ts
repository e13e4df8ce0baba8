import { quoteIdentifier } from '../names.js';
import type { ExpectedColumn } from '../schema-files.js';
import type { ColumnFacts } from './table-facts.js';

/** The reason why a column does not fit. */
export interface ColumnMisfit {
  kind: 'wrong-type' | 'nullable' | 'wrong-default';
  /** A clause about the column: "may be NULL". */
  why: string;
  /** Statements that repair it, separated by semicolons. */
  repair: string;
}

/** These tables are only read, and every value is checked after reading. */
const READ_ONLY = /^(restaurant|operatingHour)\./;
/** Our INSERTs always name these columns, so their defaults do not matter. */
const ALWAYS_NAMED = /^(slot|restaurant|operatingHour)\.|^reservation\.(partySize|seats)$/;

const WHOLE_NUMBERS = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'];
const TEXTS = ['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext'];

/** The reason why the column `actual` of `table` does not fit the schema file, or undefined. */
export function judgeColumn(table: string, expected: ExpectedColumn, actual: ColumnFacts): ColumnMisfit | undefined {
  const type = judgeType(expected, actual) ?? judgeGenerated(expected, actual);
  if (type !== undefined) return { kind: 'wrong-type', why: type, repair: repairType(table, expected, actual) };
  if (READ_ONLY.test(expected.key)) return undefined;
  const fitting = `${actual.columnType}${textOptions(actual)} ${withoutType(expected.definition)}`.trim();
  const repair = modify(table, expected.name, fitting);
  if (actual.isUpdatedByItself) {
    return { kind: 'wrong-default', why: 'changes by itself with every UPDATE of its row', repair };
  }
  if (!mayBeNull(expected) && actual.isNullable) {
    return { kind: 'nullable', why: 'may be NULL', repair: `${fillNulls(table, expected)}${repair}` };
  }
  if (mayBeNull(expected) && !actual.isNullable && actual.generatedAs === undefined) {
    return { kind: 'wrong-type', why: 'must be allowed to be NULL', repair };
  }
  if (/AUTO_INCREMENT/.test(expected.definition) && !actual.isAutoIncrement) {
    return { kind: 'wrong-default', why: 'is not AUTO_INCREMENT', repair: withoutForeignKeyChecks(repair) };
  }
  return judgeDefault(expected, actual, repair);
}

/** The reason why a user's own column prevents our INSERTs, or undefined. */
export function judgeForeignColumn(table: string, actual: ColumnFacts): ColumnMisfit | undefined {
  const isFilled = actual.isNullable || actual.defaultText !== undefined || actual.isAutoIncrement;
  if (isFilled || actual.generatedAs !== undefined) return undefined;
  return {
    kind: 'wrong-default',
    why: 'is not one of ours, and must have a value that nobody gives',
    repair: modify(table, actual.name, `${actual.columnType}${textOptions(actual)} NULL`),
  };
}

function judgeDefault(expected: ExpectedColumn, actual: ColumnFacts, repair: string): ColumnMisfit | undefined {
  const wanted = defaultOf(expected);
  const found = actual.defaultText;
  if (ALWAYS_NAMED.test(expected.key)) return undefined;
  if (wanted === undefined) {
    if (!mayBeNull(expected) || found === undefined) return undefined;
    return { kind: 'wrong-default', why: `has the default ${found}, and must be NULL where nothing is given`, repair };
  }
  if (found !== undefined && sameDefault(wanted, found)) return undefined;
  const why =
    found === undefined ? `has no default, ${wanted} is relied on` : `has the default ${found}, not ${wanted}`;
  return { kind: 'wrong-default', why, repair };
}

function judgeType(expected: ExpectedColumn, actual: ColumnFacts): string | undefined {
  const wanted = wantedType(expected, actual);
  return wanted === undefined ? undefined : `is ${actual.columnType}, not ${wanted}`;
}

/** The expected type of a column, and the actual column. */
interface TypeQuestion {
  key: string;
  definition: string;
  /** The text in brackets after the type. */
  size: string;
  actual: ColumnFacts;
}

const isWholeNumber = ({ actual }: TypeQuestion): boolean => WHOLE_NUMBERS.includes(actual.dataType);

/** For each type of the schema files: a function that checks whether a column fits. */
const SERVES: Readonly<Record<string, (question: TypeQuestion) => boolean>> = {
  DATE: ({ actual }) => actual.dataType === 'date',
  TIME: ({ key, actual }) => actual.dataType === 'time' && (actual.precision === 0 || READ_ONLY.test(key)),
  DATETIME: ({ key, size, actual }) => isInstant(actual, key === 'reservation.createdAt' ? 0 : Number(size)),
  ENUM: ({ size, actual }) => holdsAll(actual, size.match(/\w+/g) ?? []),
  BOOLEAN: (question) => isWholeNumber(question) || question.actual.dataType === 'bit',
  BIGINT: isWholeNumber,
  INT: isWholeNumber,
  SMALLINT: isWholeNumber,
  TINYINT: isWholeNumber,
};

/** The wanted type when the column has another type, else undefined. */
function wantedType({ key, definition }: ExpectedColumn, actual: ColumnFacts): string | undefined {
  const [type, word = '', size = ''] = /^([A-Z]+)(?:\((.*?)\))?(?= |$)/.exec(definition) ?? [];
  const question = { key, definition, size, actual };
  const serves = SERVES[word];
  if (serves === undefined) return wantedText(question, type);
  if (serves(question)) return undefined;
  return serves === isWholeNumber ? `${word} or another whole number` : type;
}

function wantedText({ key, definition, size, actual }: TypeQuestion, type: string | undefined): string | undefined {
  const { dataType, length, collation } = actual;
  if (READ_ONLY.test(key)) return [...TEXTS, 'enum'].includes(dataType) ? undefined : type;
  if (!TEXTS.includes(dataType)) return type;
  if (size !== '' && Number(length) < Number(size)) return `of ${size} characters`;
  // Keys that differ only in capital letters must stay different.
  const tellsAllApart = !definition.includes('_bin') || /_(bin|cs)$/.test(collation ?? '');
  return tellsAllApart ? undefined : `of a collation that tells all characters apart, as ascii_bin does`;
}

function isInstant({ dataType, precision }: ColumnFacts, digits: number): boolean {
  return (dataType === 'datetime' || dataType === 'timestamp') && (precision ?? 0) >= digits;
}

/** The order of ENUM values does not matter, because values are compared as text. */
function holdsAll({ dataType, columnType, length }: ColumnFacts, values: readonly string[]): boolean {
  if (dataType === 'enum') return values.every((value) => columnType.includes(`'${value}'`));
  return (dataType === 'varchar' || dataType === 'char') && values.every((value) => value.length <= (length ?? 0));
}

function judgeGenerated({ name, definition }: ExpectedColumn, { generatedAs }: ColumnFacts): string | undefined {
  const expression = /GENERATED ALWAYS AS (.*) STORED/.exec(definition)?.[1];
  if (expression === undefined) return generatedAs === undefined ? undefined : 'is generated, so nobody can write it';
  if (generatedAs === undefined) return `is not generated: nobody fills ${name}`;
  const isSame = generatedAs === '' || saysTheSame(expression, generatedAs);
  return isSame ? undefined : `is generated otherwise, as ${generatedAs}`;
}

/** Servers rewrite an expression. The result must name the same columns and values, and negate none of them. */
function saysTheSame(expression: string, found: string): boolean {
  const words: string[] = expression.match(/'\w+'|`(?:[^`]|``)*`|\b\d+\b/g) ?? [];
  const isMissing = words.some((word) => !found.includes(word.replace(/^[`']|[`']$/g, '')));
  const values: string[] = found.replaceAll('\\', '').match(/'\w+'/g) ?? [];
  const isMore = values.some((value) => !words.includes(value));
  return !isMissing && !isMore && !/\bnot\b(?!\s+null)|<>|!=/i.test(found);
}

function mayBeNull({ definition }: ExpectedColumn): boolean {
  return !definition.includes('NOT NULL') && !definition.includes('PRIMARY KEY');
}

function defaultOf({ definition }: ExpectedColumn): string | undefined {
  return /DEFAULT ('[^']*'|\S+)/.exec(definition)?.[1];
}

/** SQL words may be in capitals or not. Texts must be equal: 'pending' is not one of our statuses. */
function sameDefault(one: string, other: string): boolean {
  if (one.startsWith("'")) return one === `'${other.replace(/^'|'$/g, '')}'`;
  const plain = (text: string): string =>
    text
      .toLowerCase()
      .replace(/\(\d*\)$/g, '')
      .replace(/^false$/, '0');
  return plain(one) === plain(other);
}

/** The definition after the type, without the character set. */
function withoutType(definition: string): string {
  return definition.replace(/^[A-Z]+(\(.*?\))?( CHARACTER SET \w+ COLLATE \w+)? ?/, '');
}

function textOptions({ collation }: ColumnFacts): string {
  return collation === null ? '' : ` CHARACTER SET ${collation.split('_')[0]!} COLLATE ${collation}`;
}

function fillNulls(table: string, expected: ExpectedColumn): string {
  const value = defaultOf(expected);
  if (value === undefined) return '';
  const [quoted, column] = [quoteIdentifier(table), quoteIdentifier(expected.name)];
  return `UPDATE ${quoted} SET ${column} = ${value} WHERE ${column} IS NULL; `;
}

/** A generated column cannot be altered to a plain column, so it is dropped and added. */
function repairType(table: string, { name, definition }: ExpectedColumn, { generatedAs }: ColumnFacts): string {
  if (generatedAs === undefined || definition.includes('GENERATED')) return modify(table, name, definition);
  const column = quoteIdentifier(name);
  return `ALTER TABLE ${quoteIdentifier(table)} DROP COLUMN ${column}, ADD COLUMN ${column} ${definition}`;
}

/** When foreign keys refer to a column, altering it is refused (1833), also when its type stays the same. */
function withoutForeignKeyChecks(statement: string): string {
  return `SET SESSION foreign_key_checks = 0; ${statement}; SET SESSION foreign_key_checks = 1`;
}

function modify(table: string, column: string, definition: string): string {
  return `ALTER TABLE ${quoteIdentifier(table)} MODIFY ${quoteIdentifier(column)} ${definition}`;
}
