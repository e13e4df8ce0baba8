const TABLE = '((?:`[^`]*`|[^\\s`(,;])+)';

/** A statement's kind and its table, for statements as tablepick and most services write them. */
const SHAPES: readonly (readonly [shape: RegExp, describe: (table: string, end: string) => string])[] = [
  [new RegExp(`^INSERT\\b[^(]*?\\bINTO\\s+${TABLE}`, 'i'), (table) => `INSERT INTO ${table}`],
  [new RegExp(`^REPLACE\\b[^(]*?\\bINTO\\s+${TABLE}`, 'i'), (table) => `REPLACE INTO ${table}`],
  [new RegExp(`^UPDATE\\s+(?:(?:LOW_PRIORITY|IGNORE)\\s+)*${TABLE}`, 'i'), (table) => `UPDATE ${table}`],
  [new RegExp(`^DELETE\\b.*?\\bFROM\\s+${TABLE}`, 'i'), (table) => `DELETE FROM ${table}`],
  [
    new RegExp(
      `^(?:WITH|SELECT)\\b.*?\\bFROM\\s+${TABLE}.*?(\\bFOR (?:UPDATE|SHARE)\\b|\\bLOCK IN SHARE MODE\\b|$)`,
      'i',
    ),
    (table, end) => `SELECT … FROM ${table} ${end}`.trim(),
  ],
];

const SHOWN_AT_MOST = 40;

/** A statement in a few words: `INSERT INTO reservation`, `SELECT … FROM reservation_slot FOR UPDATE`. */
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

/** The last part of a name, without backticks. */
function bareName(name: string): string {
  return /(?:`([^`]*)`|([^.`]*))$/.exec(name)?.slice(1).find(Boolean) ?? name;
}
