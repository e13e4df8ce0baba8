import { TablepickError } from '../../errors.js';
import { compareTables, type SchemaDifference } from './compare-tables.js';
import type { Database, Session } from '../database.js';
import { expectedTables, readSchemaFiles } from '../schema-files.js';

/** A request to check tables. */
export interface FitRequest {
  /** Their names in the schema files: "slot", "reservation", "outbox". */
  tables: readonly string[];
  /**
   * `read`: NULLs, defaults, missing keys and extra keys do not matter, because nothing is written and read values are
   * checked. Default `write`.
   */
  use?: 'read' | 'write' | undefined;
}

/** Maximum number of differences in one message. */
const MOST_TOLD = 5;

const NEVER: readonly SchemaDifference['kind'][] = ['pending-file', 'missing-index'];
const NOT_FOR_READERS: readonly SchemaDifference['kind'][] = ['nullable', 'wrong-default', 'missing-key', 'extra-key'];

/**
 * Refuses tables that do not fit. It takes three statements, so it runs once for a handle or a run, never for each
 * request.
 *
 * @returns The differences that do not matter for this use.
 * @throws `TABLE_UNFIT` with the differences and the statements that repair them; `MISSING_TABLE` when a table is
 * missing.
 */
export async function requireFit(
  database: Pick<Database, 'names'> & Pick<Session, 'query'>,
  { tables, use = 'write' }: FitRequest,
): Promise<SchemaDifference[]> {
  const expected = expectedTables(readSchemaFiles(), database.names).filter(({ key }) => tables.includes(key));
  const differences = await compareTables(database, expected);
  const passed = use === 'read' ? [...NEVER, ...NOT_FOR_READERS] : NEVER;
  refuseMisfits(differences.filter(({ kind }) => !passed.includes(kind)));
  return differences;
}

/** Throws when there is any difference. The error's `hint` holds the repairs. */
export function refuseMisfits(differences: readonly SchemaDifference[]): void {
  if (differences.length === 0) return;
  const missing = differences.filter(({ kind }) => kind === 'missing-table');
  const told = (missing.length > 0 ? missing : differences).slice(0, MOST_TOLD);
  const more = missing.length > 0 ? 0 : differences.length - told.length;
  const rest = more === 0 ? '' : `; and ${more} more, which \`tablepick doctor\` lists`;
  throw new TablepickError(
    missing.length > 0 ? 'MISSING_TABLE' : 'TABLE_UNFIT',
    `${told.map(({ found }) => found).join('; ')}${rest}`,
    { hint: [...new Set(told.map(({ repair }) => repair))].join('; ') },
  );
}
