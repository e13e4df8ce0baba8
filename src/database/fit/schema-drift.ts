import { INIT, compareTables, type SchemaDifference } from './compare-tables.js';
import type { Database } from '../database.js';
import { readApplied } from '../migrate.js';
import { expectedTables, filesOf, type SchemaFile, type SchemaOwner } from '../schema-files.js';

/**
 * Compares the database with the schema files. An empty list means that it fits. A user's own columns and unique keys
 * are reported only when they prevent our INSERTs. Names of indexes do not matter. A longer index that begins with the
 * same columns fits, unless the index must be unique.
 *
 * @throws `SCHEMA_DRIFT` when an applied file differs from the shipped file.
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
