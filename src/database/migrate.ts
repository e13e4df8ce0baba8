import { createHash } from 'node:crypto';

import { TablepickError } from '../errors.js';
import { judgeTables } from './fit/compare-tables.js';
import type { Database, Session } from './database.js';
import { takeNamedLock } from './named-lock.js';
import { renderSql, type SchemaNames } from './names.js';
import { refuseMisfits } from './fit/require-fit.js';
import { referencedTypes, withReferencedTypes, type ReferencedTypes } from './fit/referenced-types.js';
import { expectedTables, filesOf, readSchemaFiles, type SchemaFile, type SchemaOwner } from './schema-files.js';
import { readTableFacts, type TableFacts } from './fit/table-facts.js';

/** The actions of {@link migrate}, or with `dryRun` its plan. */
export interface MigrationReport {
  /** Names of the files applied by this call, in order. */
  applied: string[];
  /**
   * Names of files that were applied before but had a missing table. This call created the table again, empty, unless
   * `dryRun`.
   */
  restored: string[];
  /** Existing tables of `applied` or `pending` files that tablepick did not create. They fit and were not changed. */
  found: string[];
  /** Names of the files to apply. Empty unless `dryRun`. */
  pending: string[];
  /** Name of the last file applied, "none" on an empty database. */
  current: string;
}

interface AppliedRow {
  number: number;
  name: string;
  checksum: string;
}

const LOCK_WAIT_SECONDS = 30;

const CREATE_MIGRATION = `CREATE TABLE IF NOT EXISTS tablepick_migration (
  number INT NOT NULL,
  name VARCHAR(255) NOT NULL,
  checksum CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  applied_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  PRIMARY KEY (number)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`;

const FIND_MIGRATION = `SELECT 1 AS found FROM information_schema.tables
  WHERE table_schema = DATABASE() AND table_name = 'tablepick_migration'`;

const SELECT_APPLIED = 'SELECT number, name, checksum FROM tablepick_migration ORDER BY number';

const RECORD_APPLIED = `INSERT INTO tablepick_migration (number, name, checksum, applied_at) VALUES (?, ?, ?, UTC_TIMESTAMP(6))
  ON DUPLICATE KEY UPDATE number = VALUES(number)`;

/**
 * Brings the schema up to date. It applies every numbered file that was not applied yet, or that has a missing table.
 * One process at a time may do so. `owner` is the owner of the tables, default `reservation`. MySQL cannot roll DDL
 * back, so each statement can be repeated, and a file is recorded after all its statements. When a call dies, the next
 * call finishes its work.
 *
 * @throws `SCHEMA_DRIFT` when an applied file differs from the shipped file; `TABLE_UNFIT` when an existing table does
 * not fit: then nothing was done; `CONFLICT`, retriable, when another process migrates for longer than 30 s.
 * @example
 * const { applied } = await migrate(database);
 */
export async function migrate(
  database: Database,
  options: { dryRun?: boolean; owner?: SchemaOwner } = {},
): Promise<MigrationReport> {
  const files = filesOf(options.owner ?? 'reservation');
  const job = { files, names: database.names };
  if (options.dryRun === true) return database.session(async (session) => (await planMigration(session, job)).report);
  return database.session(async (session) => {
    await takeLock(session, lockName(database.server.database));
    const { report, types } = await planMigration(session, job);
    const { pending, restored } = report;
    await session.execute(CREATE_MIGRATION);
    for (const file of files.filter(({ name }) => pending.includes(name) || restored.includes(name)))
      await applyFile(session, file, { names: database.names, types });
    return { ...report, applied: pending, pending: [], current: files.at(-1)?.name ?? 'none' };
  });
}

/**
 * The whole schema as SQL text, for an administrator to run. The text also records the files, so that {@link migrate}
 * knows them.
 */
export function schemaSql(names: SchemaNames, owner: SchemaOwner = 'reservation'): string {
  const files = filesOf(owner);
  const statements = files.flatMap((file) => [
    `-- ${file.name}`,
    ...file.statements.map((statement) => `${renderSql(names, statement)};\n`),
    `INSERT INTO tablepick_migration (number, name, checksum, applied_at)
  VALUES (${file.number}, '${file.name}', '${file.checksum}', UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE number = VALUES(number);\n`,
  ]);
  return [`${CREATE_MIGRATION};\n`, ...statements].join('\n');
}

/**
 * The applied schema files, as recorded in the database.
 *
 * @throws `SCHEMA_DRIFT` when one of them is not a shipped file or differs from it.
 */
export async function readApplied(session: Pick<Session, 'query'>): Promise<string[]> {
  const files = readSchemaFiles();
  const [found] = await session.query(FIND_MIGRATION);
  if (found === undefined) return [];
  const applied = await session.query<AppliedRow>(SELECT_APPLIED);
  for (const row of applied) refuseDrift(row, files);
  return applied.map(({ name }) => name);
}

/** The files and names of a migration. */
interface MigrationJob {
  files: readonly SchemaFile[];
  names: SchemaNames;
}

/** Plans the migration. It only reads, and it refuses misfits before anything is done. */
async function planMigration(
  session: Session,
  { files, names }: MigrationJob,
): Promise<{ report: MigrationReport; types: ReferencedTypes }> {
  const done = await readApplied(session);
  const tables = expectedTables(files, names);
  const facts = await readTableFacts(
    session,
    tables.map(({ table }) => table),
  );
  const differences = judgeTables(tables, facts);
  refuseMisfits(differences.filter(({ kind }) => kind !== 'missing-table' && kind !== 'missing-index'));
  const pending = files.filter(({ name }) => !done.includes(name));
  const restored = files.filter((file) => done.includes(file.name) && !isWhole(file, names, facts));
  const found = expectedTables(pending, names).filter(({ table }) => facts.has(table.toLowerCase()));
  const report = {
    applied: [],
    restored: namesOf(restored),
    pending: namesOf(pending),
    found: found.map(({ table }) => table),
    current: done.at(-1) ?? 'none',
  };
  return { report, types: referencedTypes(names, facts) };
}

/** True when all tables of a file exist. A server may store table names in lower case. */
function isWhole(file: SchemaFile, names: SchemaNames, facts: ReadonlyMap<string, TableFacts>): boolean {
  return expectedTables([file], names).every(({ table }) => facts.has(table.toLowerCase()));
}

function namesOf(files: readonly SchemaFile[]): string[] {
  return files.map(({ name }) => name);
}

function refuseDrift(row: AppliedRow, files: readonly SchemaFile[]): void {
  const shipped = files.find(({ number }) => number === row.number);
  if (shipped?.checksum === row.checksum) return;
  const why =
    shipped === undefined
      ? 'which this version of tablepick does not know'
      : 'with another content than the one shipped';
  throw new TablepickError('SCHEMA_DRIFT', `the database has schema file ${row.name} applied, ${why}`, {
    hint: 'use the version of tablepick that made the schema, or compare with `tablepick init --print-sql`',
  });
}

/** The lock ends with the session, so a dead process leaves no lock. */
async function takeLock(session: Session, name: string): Promise<void> {
  if (await takeNamedLock(session, name, LOCK_WAIT_SECONDS)) return;
  throw new TablepickError(
    'CONFLICT',
    `waited ${LOCK_WAIT_SECONDS} s for another process that migrates the schema (lock ${name})`,
    {
      retriable: true,
      hint: 'wait for the other `tablepick init` to end, then run it again',
    },
  );
}

/** Lock names belong to the whole server and hold at most 64 characters. */
function lockName(database: string): string {
  const name = `tablepick:migrate:${database}`;
  return name.length <= 64
    ? name
    : `tablepick:migrate:${createHash('sha256').update(database).digest('hex').slice(0, 40)}`;
}

async function applyFile(
  session: Session,
  file: SchemaFile,
  { names, types }: { names: SchemaNames; types: ReferencedTypes },
): Promise<void> {
  for (const statement of file.statements) {
    await session.execute(renderSql(names, withReferencedTypes(statement, types)));
  }
  await session.execute(RECORD_APPLIED, [file.number, file.name, file.checksum]);
}
