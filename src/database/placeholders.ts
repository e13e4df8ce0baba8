/** A list of as many `?` as there are values, for `IN`: `(?, ?, ?)`. */
export function placeholders(values: readonly unknown[]): string {
  return `(${values.map(() => '?').join(', ')})`;
}
