import { isTablepickError } from '../../errors.js';
import { TIME_ZONE_HINT, isTimeZone } from '../../time-zone.js';
import type { Database } from '../database.js';
import { showGrants } from '../dialect.js';
import { fine, problem, warning, type Finding } from '../../finding.js';
import { placeholders } from '../placeholders.js';
import { missingPrivileges, readPrivileges } from './privileges.js';
import { checkReadOnlyUser } from './read-only-user.js';
import type { SchemaDifference } from '../fit/compare-tables.js';
import { schemaDrift } from '../fit/schema-drift.js';
import { checkServer, checkedVariables } from './server-checks.js';

const SHOW_VARIABLES = `SHOW GLOBAL VARIABLES WHERE Variable_name IN ${placeholders(checkedVariables)}`;
const SHOW_CONNECTED = "SHOW GLOBAL STATUS LIKE 'Threads_connected'";
const SELECT_ROLES = 'SELECT CURRENT_ROLE() AS roles';

const NEEDED_TO_WORK = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
const NEEDED_TO_INIT = ['CREATE', 'INDEX', 'REFERENCES'];

/**
 * Checks the server and the schema for tablepick, and gives advice for each problem. Changes nothing.
 *
 * @throws Errors of reading the settings, e.g. `CONNECTION_LOST`. A bad schema is a finding, not an error.
 * @example
 * const problems = (await diagnose(database, { poolSize: 10 })).filter(({ status }) => status === 'problem');
 */
export async function diagnose(database: Database, options: { poolSize: number }): Promise<Finding[]> {
  const variables = await readPairs(database, SHOW_VARIABLES, checkedVariables);
  const connected = (await readPairs(database, SHOW_CONNECTED)).get('Threads_connected');
  const facts = { server: database.server, poolSize: options.poolSize, connected: Number(connected), variables };
  const schema = await checkSchema(database);
  return [...checkServer(facts), ...(await checkPrivileges(database)), ...schema, ...(await checkZones(database))];
}

async function readPairs(
  database: Database,
  sql: string,
  values: readonly string[] = [],
): Promise<Map<string, string>> {
  const rows = await database.query<{ Variable_name: string; Value: string }>(sql, values);
  return new Map(rows.map((row) => [row.Variable_name, row.Value]));
}

async function checkPrivileges(database: Database): Promise<Finding[]> {
  const { flavour, database: schema } = database.server;
  const [row] = await database.query<{ roles: string | null }>(SELECT_ROLES);
  const lines = await database.query<Record<string, string>>(showGrants(flavour, row?.roles ?? null));
  const granted = readPrivileges(
    lines.map((line) => Object.values(line)[0] ?? ''),
    schema,
  );
  const toWork = missingPrivileges(granted.onSchema, NEEDED_TO_WORK);
  const elsewhere = missingPrivileges(granted.onTables, toWork);
  return [
    describeWork({ schema, toWork, elsewhere }),
    describeInit(schema, missingPrivileges(granted.onSchema, NEEDED_TO_INIT)),
    checkReadOnlyUser(granted.onServer, database.server),
  ];
}

function describeWork({
  schema,
  toWork,
  elsewhere,
}: {
  schema: string;
  toWork: string[];
  elsewhere: string[];
}): Finding {
  if (toWork.length === 0) return fine('privileges', `${NEEDED_TO_WORK.join(', ')} on ${schema}`);
  const advice = `have an administrator run GRANT ${toWork.join(', ')} ON \`${schema}\`.* TO this user`;
  if (elsewhere.length === 0)
    return warning('privileges', `${toWork.join(', ')} only on some tables of ${schema}`, advice);
  return problem('privileges', `no ${elsewhere.join(', ')} on ${schema}`, advice);
}

function describeInit(schema: string, missing: string[]): Finding {
  if (missing.length === 0) return fine('privileges-init', `${NEEDED_TO_INIT.join(', ')} on ${schema}`);
  return warning(
    'privileges-init',
    `no ${missing.join(', ')} on ${schema}: tablepick init cannot create tables`,
    'let an administrator run what `tablepick init --print-sql` prints',
  );
}

// Every time zone with the ids of its first restaurants.
const SELECT_ZONES = `SELECT {restaurant.timeZone} AS zone, COUNT(*) AS restaurants,
    SUBSTRING_INDEX(GROUP_CONCAT({restaurant.id} ORDER BY {restaurant.id}), ',', 5) AS ids
  FROM {restaurant} GROUP BY {restaurant.timeZone} ORDER BY restaurants DESC`;

interface ZoneRow {
  zone: string | null;
  restaurants: number;
  ids: string;
}

/** Checks the time zones of the restaurants. No findings when there is no restaurant, no such column, or no access. */
async function checkZones(database: Database): Promise<Finding[]> {
  const rows = await database.query<ZoneRow>(SELECT_ZONES).catch((error: unknown) => {
    if (isTablepickError(error, 'MISSING_TABLE', 'ACCESS_DENIED')) return [];
    throw error;
  });
  const { table, columns } = database.names.restaurant;
  const wrong = rows.filter(({ zone }) => !isTimeZone(zone));
  const right = rows.filter(({ zone }) => isTimeZone(zone)).map(({ zone, restaurants }) => `${zone} ${restaurants}`);
  return [
    ...wrong.map(({ zone, restaurants, ids }) =>
      problem(
        'zones',
        `${restaurants} restaurants (${ids}${restaurants > 5 ? ', …' : ''}) have the time zone ${JSON.stringify(zone)}, which is none`,
        `set ${table}.${columns.timeZone}: ${TIME_ZONE_HINT}`,
      ),
    ),
    ...(right.length === 0
      ? []
      : [fine('zones', `of restaurants, by ${table}.${columns.timeZone}: ${right.slice(0, 5).join(', ')}`)]),
  ];
}

async function checkSchema(database: Database): Promise<Finding[]> {
  try {
    const differences = await schemaDrift(database);
    if (differences.length === 0) return [fine('schema', 'every table, column and index is there and fits')];
    return differences.map(describeDifference);
  } catch (error) {
    if (!isTablepickError(error, 'SCHEMA_DRIFT')) throw error;
    return [problem('schema', error.message, error.hint ?? 'run `tablepick init`')];
  }
}

function describeDifference({ kind, found, repair }: SchemaDifference): Finding {
  return kind === 'missing-index' ? warning('indexes', found, repair) : problem('schema', found, repair);
}
