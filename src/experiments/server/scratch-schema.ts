import type { Database, Session } from '../../database/index.js';
import { migrate } from '../../database/index.js';
import { quoteIdentifier } from '../../database/names.js';
import { takeNamedLock } from '../../database/named-lock.js';
import { expectedTables, readSchemaFiles } from '../../database/schema-files.js';
import { TablepickError } from '../../errors.js';
import { seedDemo } from '../../slots/index.js';

/** The helper table of the inserts by hand. */
export const byHandTable = 'tablepick_by_hand_moment';

const MARK_TABLE = 'tablepick_scratch';
const CREATE_MARK = `CREATE TABLE ${MARK_TABLE} (table_name VARCHAR(64) NOT NULL PRIMARY KEY)`;
const READ_MARK = `SELECT table_name AS name FROM ${MARK_TABLE}`;
const RECORD_TABLE = `INSERT INTO ${MARK_TABLE} (table_name) VALUES (?) ON DUPLICATE KEY UPDATE table_name = table_name`;
const READ_TABLES = `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()`;

/**
 * Runs an experiment on a scratch schema, one experiment at a time. A scratch schema has a table `tablepick_scratch`,
 * which lists the tables made by experiments. An empty schema whose name ends with `_bench` is marked as scratch now. A
 * table that is not listed is never dropped.
 *
 * @throws `NOT_A_SCRATCH_SCHEMA` for any other schema, before anything is changed; `RUN_ACTIVE` when another experiment
 * uses it.
 */
export async function withScratchSchema<T>(database: Database, work: () => Promise<T>): Promise<T> {
  return database.session(async (session) => {
    const schema = database.server.database;
    if (!(await takeNamedLock(session, `tablepick:bench:${schema}`.slice(0, 64), 0))) throw inUse(schema);
    await markScratchSchema(session, schema);
    return work();
  });
}

/**
 * Drops the tables that experiments made in a scratch schema, creates tablepick's tables again and adds `restaurants`
 * demo restaurants.
 */
export async function resetScratchSchema(database: Database, restaurants: number): Promise<void> {
  await database.session(async (session) => {
    const recorded = await markScratchSchema(session, database.server.database);
    await dropTables(session, recorded);
    for (const table of tablesToCome(database)) await session.execute(RECORD_TABLE, [table]);
  });
  await migrate(database);
  await seedDemo(database, restaurants);
}

/** Returns the tables that experiments may drop. */
async function markScratchSchema(session: Session, schema: string): Promise<string[]> {
  const present = await readNames(session, READ_TABLES);
  if (!present.includes(MARK_TABLE)) {
    refuseUnless(present.length === 0 && schema.endsWith('_bench'), schema, present);
    await session.execute(CREATE_MARK);
    return [];
  }
  const recorded = await readNames(session, READ_MARK);
  const foreign = present.filter((table) => table !== MARK_TABLE && !recorded.includes(table));
  refuseUnless(foreign.length === 0, schema, foreign);
  return recorded;
}

async function readNames(session: Session, statement: string): Promise<string[]> {
  return (await session.query<{ name: string }>(statement)).map((row) => row.name);
}

async function dropTables(session: Session, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return;
  // The tables refer to each other, and all of them are dropped.
  await session.execute('SET SESSION foreign_key_checks = 0');
  await session.execute(`DROP TABLE IF EXISTS ${tables.map(quoteIdentifier).join(', ')}`);
  await session.execute('SET SESSION foreign_key_checks = 1');
}

/** The names are recorded before the tables are created, so that they can be dropped after a kill. */
function tablesToCome(database: Database): string[] {
  const ofSchema = expectedTables(readSchemaFiles(), database.names).map((expected) => expected.table);
  return [...ofSchema, 'tablepick_migration', byHandTable];
}

function refuseUnless(allowed: boolean, schema: string, foreign: readonly string[]): void {
  if (allowed) return;
  const reason =
    foreign.length === 0
      ? `schema ${schema} is empty but not named …_bench`
      : `schema ${schema} has tables that no experiment made: ${foreign.slice(0, 5).join(', ')}`;
  throw new TablepickError('NOT_A_SCRATCH_SCHEMA', `an experiment drops tables: ${reason}`, {
    hint: 'CREATE DATABASE tablepick_bench and name it in --url; with no --url the sandbox has one of its own',
  });
}

function inUse(schema: string): TablepickError {
  return new TablepickError('RUN_ACTIVE', `another experiment is using the scratch schema ${schema}`, {
    hint: 'wait until it ends, or name another empty schema …_bench',
  });
}
