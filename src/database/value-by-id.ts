import type { SqlValue } from './database.js';

/** Part of a statement, with the values of its `?`. */
export interface SqlPart {
  sql: string;
  values: readonly SqlValue[];
}

/** An expression with the value of each id, for an UPDATE of many rows. When all have the same value, it is that. */
export function valueById(idColumn: string, values: readonly (readonly [id: number, value: SqlValue])[]): SqlPart {
  const [first] = values;
  if (first !== undefined && values.every(([, value]) => value === first[1])) return { sql: '?', values: [first[1]] };
  const all = values.map(() => '?').join(', ');
  return {
    sql: `ELT(FIELD(${idColumn}, ${all}), ${all})`,
    values: [...values.map(([id]) => id), ...values.map(([, value]) => value)],
  };
}
