import { TablepickError } from '../../errors.js';
import type { DriverField } from './driver.js';

/** The largest whole number that is exact here: 2^53 − 1. */
const LARGEST = Number.MAX_SAFE_INTEGER;

/** Type of a BIGINT column. @source MySQL Source Code Documentation, "enum_field_types": MYSQL_TYPE_LONGLONG. */
const LONGLONG = 8;

/**
 * The error of the first BIGINT in `rows` that no number here is equal to; the driver hands such a value over as text.
 * Looks at BIGINT columns alone.
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

/** The error of the id that a new row got, when it is beyond what is exact: it would name another row. */
export function judgeNewId(insertId: number): TablepickError | undefined {
  return Number.isSafeInteger(insertId) ? undefined : tooLarge('the id of a new row', `about ${insertId}`);
}

/**
 * A whole number that the server wrote as text, of a list for example.
 *
 * @throws `NUMBER_TOO_LARGE` rather than rounding it.
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
