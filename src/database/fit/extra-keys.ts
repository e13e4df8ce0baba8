import type { ExpectedTable } from '../schema-files.js';
import type { IndexFacts } from './table-facts.js';

/**
 * Unique keys that a user added over our columns only. They may refuse our rows, for example two slots of a restaurant
 * on one day. When a key contains all columns of one of our unique keys, it refuses nothing more, so it is left out. A
 * key with a user's own column is left out too, because its effect is unknown.
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

/** An index over the beginning of a column is written "name(10)". */
function withoutPrefix(column: string): string {
  return column.replace(/\(\d+\)$/, '');
}
