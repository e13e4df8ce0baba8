/** A user's privileges in one schema, read from `SHOW GRANTS`. */
export interface SchemaPrivileges {
  /** Privileges on the whole server. */
  onServer: Set<string>;
  /** Privileges on every table of the schema, upper case; `ALL PRIVILEGES` means all of them. */
  onSchema: Set<string>;
  /** Privileges on some of its tables. */
  onTables: Set<string>;
}

// A name as the server prints it: in backticks, in quotes, or without.
const NAME = '(?:`(?:[^`]|``)*`|"[^"]*"|\'[^\']*\'|[^\\s.]+)';
const STATEMENT = new RegExp(`^(GRANT|REVOKE) (.+?) ON (?:TABLE )?(${NAME})\\.(${NAME}) (?:TO|FROM) `);

/**
 * Reads the privileges in `schema` from the lines of `SHOW GRANTS`. Grants on single columns and on routines are left
 * out.
 *
 * @source MySQL 9.x manual, 15.7.7.23 "SHOW GRANTS Statement" and 8.2.12 "Privilege Restriction Using Partial Revokes"
 */
export function readPrivileges(lines: readonly string[], schema: string): SchemaPrivileges {
  const found: SchemaPrivileges = { onServer: new Set(), onSchema: new Set(), onTables: new Set() };
  for (const line of lines) {
    const [, verb, list = '', scope = '', object = ''] = STATEMENT.exec(line) ?? [];
    if (verb === undefined || !coversSchema(scope, schema)) continue;
    const target = object === '*' ? found.onSchema : found.onTables;
    const change = verb === 'GRANT' ? (name: string) => target.add(name) : (name: string) => target.delete(name);
    splitPrivileges(list).forEach(change);
    if (verb === 'GRANT' && scope === '*') splitPrivileges(list).forEach((name) => found.onServer.add(name));
  }
  return found;
}

/** The `wanted` privileges that are not in `granted`. */
export function missingPrivileges(granted: ReadonlySet<string>, wanted: readonly string[]): string[] {
  return granted.has('ALL PRIVILEGES') ? [] : wanted.filter((name) => !granted.has(name));
}

/** In a grant, `_` and `%` in a schema name are wildcards, unless they are escaped. */
function coversSchema(scope: string, schema: string): boolean {
  if (scope === '*') return true;
  const pattern = /^[`"']/.test(scope) ? scope.slice(1, -1).replaceAll('``', '`') : scope;
  const source = pattern.replace(/\\([_%\\])|[_%]|[^_%\\]+|\\/g, (piece, escaped: string | undefined) => {
    if (escaped !== undefined) return quotePattern(escaped);
    return piece === '_' ? '.' : piece === '%' ? '.*' : quotePattern(piece);
  });
  return new RegExp(`^${source}$`, 'is').test(schema);
}

function quotePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function splitPrivileges(list: string): string[] {
  const whole = list.replace(/[A-Z ]+\([^)]*\)/g, '');
  return whole
    .split(',')
    .map((name) => name.trim().toUpperCase())
    .filter((name) => name !== '');
}
