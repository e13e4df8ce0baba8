import { availableParallelism, hostname } from 'node:os';

import type { Database } from '../../database/database.js';
import { checkInteger } from '../../check-option.js';
import { TablepickError } from '../../errors.js';
import type { RunSettings } from '../generation.js';

// MySQL lists its CPUs in its default resource group, for administrators only. MariaDB sizes its thread pool by its
// CPUs.
const MYSQL_CORES = `SELECT VCPU_IDS AS cores FROM information_schema.RESOURCE_GROUPS WHERE RESOURCE_GROUP_NAME = 'USR_default'`;
const MARIADB_CORES = `SELECT @@thread_pool_size AS cores`;
const LIMITS = `SELECT @@hostname AS hostName, @@max_user_connections AS userConnections`;

/** Assumed cores, when a server on another machine does not report its cores. */
const coresUntold = 2;
const workersAtMost = 32;
const workersPerCore = 1.5;
/** Connections that are not used for inserts: for others, and for the run's lock and verify. */
const connectionsBeside = 4;
/** The part of them that the run needs: one for its lock, one to read its owner. */
const neededBeside = 2;

/** The pool size for a generation with `workers` workers. For `auto`: with the most workers that `auto` may choose. */
export function poolSizeFor(workers: number | 'auto'): number {
  return (workers === 'auto' ? workersAtMost : workers) + connectionsBeside;
}

/**
 * The number of connections that insert at once. For `auto`: three for two server cores. The server's CPU is the limit,
 * but a connection also waits for the flush of its COMMIT. Further limits: 32, a quarter of `max_connections`,
 * `max_user_connections`, and the pool. When the server does not report its cores and runs on this machine, this
 * machine's cores count. Otherwise two cores are assumed.
 *
 * @source docs/decisions/slots.md: one, one and a half and two connections a core, measured.
 */
export async function chooseWorkers(database: Database, wanted: number | 'auto'): Promise<number> {
  if (wanted !== 'auto') return wanted;
  const [limits] = await database.query<{ hostName: string; userConnections: number }>(LIMITS);
  const local = limits?.hostName === hostname() ? availableParallelism() : coresUntold;
  const cores = (await readServerCores(database)) ?? local;
  const allowed = Math.floor(database.server.maxConnections / 4);
  const ofUser = Number(limits?.userConnections) > 0 ? Number(limits?.userConnections) - connectionsBeside : Infinity;
  const ofPool = database.poolSize - neededBeside;
  return Math.max(1, Math.min(Math.ceil(cores * workersPerCore), allowed, ofUser, ofPool, workersAtMost));
}

async function readServerCores(database: Database): Promise<number | undefined> {
  const isMysql = database.server.flavour === 'mysql';
  const rows = await database.query<{ cores: string | number | null }>(isMysql ? MYSQL_CORES : MARIADB_CORES);
  const cores = rows[0]?.cores;
  if (cores === undefined || cores === null) return undefined;
  return isMysql ? countCpus(String(cores)) : Number(cores);
}

/**
 * Refuses invalid settings before anything is written.
 *
 * @throws `BAD_OPTION`
 */
export function checkRunSettings({
  database,
  workers = 'auto',
  batchRows = 1,
}: Pick<RunSettings, 'database' | 'workers' | 'batchRows'>): void {
  const most = database.server.maxConnections - connectionsBeside;
  if (workers !== 'auto') {
    checkInteger('workers', workers, {
      min: 1,
      max: most,
      message: `${workers} workers on a server of ${database.server.maxConnections} connections`,
      hint: `give a whole number, 1 to ${most}, or leave it to auto`,
    });
  }
  checkPool(database.poolSize, workers === 'auto' ? 1 : workers);
  checkInteger('batchRows', batchRows, {
    min: 1,
    message: `batches of ${batchRows} rows`,
    hint: 'give a whole number, 1 or more',
  });
}

function checkPool(poolSize: number, workers: number): void {
  if (poolSize >= workers + neededBeside) return;
  throw new TablepickError('BAD_OPTION', `a pool of ${poolSize} connections for a run of ${workers} workers`, {
    hint: `connect with a poolSize of ${workers + neededBeside} or more`,
  });
}

/** Counts the CPUs of a list of Linux or MySQL: `0-3,8` is 5. Undefined when the text is not a CPU list. */
export function countCpus(list: string): number | undefined {
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(list)) return undefined;
  const counts = list.split(',').map((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return Number(last) - Number(first) + 1;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}
