// A statement's kind and the table it is about, as tablepick and most services write them.
const SHAPES: readonly (readonly [shape: RegExp, describe: (table: string, end: string) => string])[] = [
  [/^INSERT\b[^(]*?\bINTO\s+(\S+)/i, (table) => `INSERT INTO ${table}`],
  [/^REPLACE\b[^(]*?\bINTO\s+(\S+)/i, (table) => `REPLACE INTO ${table}`],
  [/^UPDATE\s+(?:(?:LOW_PRIORITY|IGNORE)\s+)*(\S+)/i, (table) => `UPDATE ${table}`],
  [/^DELETE\b.*?\bFROM\s+(\S+)/i, (table) => `DELETE FROM ${table}`],
  [
    /^(?:WITH|SELECT)\b.*?\bFROM\s+([^\s(]+).*?(\bFOR (?:UPDATE|SHARE)\b|\bLOCK IN SHARE MODE\b|$)/i,
    (table, end) => `SELECT … FROM ${table} ${end}`.trim(),
  ],
];

const SHOWN_AT_MOST = 40;

/** What a statement does, in a few words: `INSERT INTO reservation`, `SELECT … FROM reservation_slot FOR UPDATE`. */
export function describeStatement(statement: string | undefined): string {
  if (statement === undefined) return 'a statement that the server does not tell';
  const line = statement
    .replaceAll(/\/\*.*?\*\//gs, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  for (const [shape, describe] of SHAPES) {
    const [, table, end = ''] = shape.exec(line) ?? [];
    if (table !== undefined) return describe(bareName(table), end.toUpperCase());
  }
  return line.length <= SHOWN_AT_MOST ? line : `${line.slice(0, SHOWN_AT_MOST - 1)}…`;
}

/** The last part of a name, without backticks and what follows it. */
function bareName(name: string): string {
  return (
    name
      .replaceAll('`', '')
      .replace(/[(,;].*$/, '')
      .split('.')
      .at(-1) ?? name
  );
}
