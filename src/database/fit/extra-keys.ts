import type { ExpectedTable } from '../schema-files.js';
import type { IndexFacts } from './table-facts.js';

/**
 * Unique keys that are not ours and whose columns all are: they refuse rows that we may write, as two slots of a
 * restaurant on one day. One that holds all columns of a key of ours refuses nothing more than that, and of one with a
 * column of theirs nobody knows.
 */
export function extraKeys({ columns, indexes }: ExpectedTable, actual: readonly IndexFacts[]): IndexFacts[] {
  const ours = new Set(columns.map(({ name }) => name.toLowerCase()));
  const keys = indexes.filter(({ unique }) => unique).map((key) => key.columns.map((column) => column.toLowerCase()));
  return actual.filter(
    (index) =>
      index.unique &&
      !index.primary &&
      index.columns.every((column) => ours.has(withoutPrefix(column))) &&
      !keys.some((key) => key.every((column) => index.columns.includes(column))),
  );
}

/** An index over the beginning of a column stands as "name(10)". */
function withoutPrefix(column: string): string {
  return column.replace(/\(\d+\)$/, '');
}
