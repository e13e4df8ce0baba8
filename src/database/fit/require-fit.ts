import { TablepickError } from '../../errors.js';
import { compareTables, type SchemaDifference } from './compare-tables.js';
import type { Database } from '../database.js';
import { expectedTables, readSchemaFiles } from '../schema-files.js';

/** What is wanted of tables. */
export interface FitRequest {
  /** As the schema files call them: "slot", "reservation", "outbox". */
  tables: readonly string[];
  /**
   * `read`: NULLs, defaults and missing keys do not matter, for nothing is written and what is read is checked. Default
   * `write`.
   */
  use?: 'read' | 'write' | undefined;
}

/** Differences told in one message. */
const MOST_TOLD = 5;

const NEVER: readonly SchemaDifference['kind'][] = ['pending-file', 'missing-index'];
const NOT_FOR_READERS: readonly SchemaDifference['kind'][] = ['nullable', 'wrong-default', 'missing-key', 'extra-key'];

/**
 * Refuses tables on which a promise could not be kept. Three statements, so it is asked once for a handle or a run and
 * never for a request.
 *
 * @returns The differences that do not matter for this use.
 * @throws `TABLE_UNFIT` with what is wrong and the statements that repair it; `MISSING_TABLE` when one is not there.
 */
export async function requireFit(
  database: Database,
  { tables, use = 'write' }: FitRequest,
): Promise<SchemaDifference[]> {
  const expected = expectedTables(readSchemaFiles(), database.names).filter(({ key }) => tables.includes(key));
  const differences = await compareTables(database, expected);
  const passed = use === 'read' ? [...NEVER, ...NOT_FOR_READERS] : NEVER;
  refuseMisfits(differences.filter(({ kind }) => !passed.includes(kind)));
  return differences;
}

/** Throws when there is any difference; `hint` of the error is what repairs them. */
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
