import { TablepickError } from '../../errors.js';
import type { DriverField } from './driver.js';

/** The largest exact whole number in JavaScript: 2^53 − 1. */
const LARGEST = Number.MAX_SAFE_INTEGER;

/** Type of a BIGINT column. @source MySQL Source Code Documentation, "enum_field_types": MYSQL_TYPE_LONGLONG. */
const LONGLONG = 8;

/**
 * The error for the first BIGINT in `rows` that is not exact as a number. The driver returns such a value as text. Only
 * BIGINT columns are checked.
 */
export function findInexact(rows: readonly object[], fields: readonly DriverField[]): TablepickError | undefined {
  for (const field of fields) {
    if (field.columnType !== LONGLONG) continue;
    for (const row of rows) {
      const value = (row as Readonly<Record<string, unknown>>)[field.name];
      if (typeof value === 'string') return tooLarge(whereOf(field), value);
    }
  }
  return undefined;
}

/** The error for the id of a new row when it is not exact. A rounded id would name another row. */
export function judgeNewId(insertId: number): TablepickError | undefined {
  return Number.isSafeInteger(insertId) ? undefined : tooLarge('the id of a new row', `about ${insertId}`);
}

/**
 * Reads a whole number that the server wrote as text, for example in a list.
 *
 * @throws `NUMBER_TOO_LARGE` when it is not exact.
 */
export function toExactNumber(text: string, where: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw tooLarge(where, text);
  return number;
}

function whereOf({ name, orgName, orgTable }: DriverField): string {
  return orgTable === '' ? `the number ${name}` : `column ${orgName} of table ${orgTable}`;
}

function tooLarge(where: string, value: string): TablepickError {
  return new TablepickError('NUMBER_TOO_LARGE', `${where} is ${value}, beyond ${LARGEST}: it cannot be told exactly`, {
    hint: `ids and numbers go up to ${LARGEST} (2^53 - 1); move that row to a smaller id, or leave it out, e.g. by --restaurants 1-${LARGEST}`,
  });
}
