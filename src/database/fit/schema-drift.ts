import { INIT, compareTables, type SchemaDifference } from './compare-tables.js';
import type { Database } from '../database.js';
import { readApplied } from '../migrate.js';
import { expectedTables, filesOf, type SchemaFile, type SchemaOwner } from '../schema-files.js';

/**
 * Compares the database with the schema files; an empty list means that it fits. Columns and indexes beside ours are
 * the user's: only a column is told that keeps our rows out. Names of indexes do not matter: a longer one that begins
 * with the same columns will do where none has to be unique.
 *
 * @throws `SCHEMA_DRIFT` when an applied file is not the one shipped.
 * @example
 * for (const { found, repair } of await schemaDrift(database)) console.log(found, repair);
 */
export async function schemaDrift(database: Database, owner: SchemaOwner = 'reservation'): Promise<SchemaDifference[]> {
  const files = filesOf(owner);
  const applied = await readApplied(database);
  const pending = files.filter(({ name }) => !applied.includes(name));
  const misfits = await compareTables(database, expectedTables(files, database.names));
  return [...misfits, ...pending.map(describePending)];
}

function describePending({ name }: SchemaFile): SchemaDifference {
  return { kind: 'pending-file', table: '', name, found: `schema file ${name} is not applied`, repair: INIT };
}
