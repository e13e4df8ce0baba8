import type { Database } from '../database/database.js';

// MySQL lists the CPUs it may use in its default resource group, MariaDB sizes its thread pool by them.
const MYSQL_CORES = `SELECT VCPU_IDS AS cores FROM information_schema.RESOURCE_GROUPS WHERE RESOURCE_GROUP_NAME = 'USR_default'`;
const MARIADB_CORES = `SELECT @@thread_pool_size AS cores`;

/** Connections of one generation when the server does not tell its cores. */
const workersWithoutCores = 4;
const workersAtMost = 32;
const workersPerCore = 1.5;

/**
 * Connections that insert at once: three for two server cores (the server's CPU is the limit, but a connection also waits for its COMMIT to be
 * flushed), at most a quarter of `max_connections`.
 *
 * @source ARCHITECTURE.md, decisions: one, one and a half and two connections a core, measured.
 */
export async function chooseWorkers(database: Database, wanted: number | 'auto'): Promise<number> {
  if (wanted !== 'auto') return wanted;
  const cores = (await readServerCores(database)) ?? workersWithoutCores;
  const allowed = Math.floor(database.server.maxConnections / 4);
  return Math.max(1, Math.min(Math.ceil(cores * workersPerCore), allowed, workersAtMost));
}

async function readServerCores(database: Database): Promise<number | undefined> {
  const isMysql = database.server.flavour === 'mysql';
  const rows = await database.query<{ cores: string | number | null }>(isMysql ? MYSQL_CORES : MARIADB_CORES);
  const cores = rows[0]?.cores;
  if (cores === undefined || cores === null) return undefined;
  return isMysql ? countCpus(String(cores)) : Number(cores);
}

/** Counts a CPU list as Linux and MySQL write it, `0-3,8` is 5; undefined when it is none. */
export function countCpus(list: string): number | undefined {
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(list)) return undefined;
  const counts = list.split(',').map((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return Number(last) - Number(first) + 1;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}
