import { isTablepickError } from '../errors.js';
import { fine, problem, warning, type Finding } from '../finding.js';
import { connectRedis, type ConnectRedisOptions } from './connect-redis.js';

/**
 * Checks whether a Redis is fit for locks and flags, and gives advice for each problem. Changes nothing.
 *
 * @throws `BAD_URL` or `BAD_OPTION`. An unreachable server is a finding, not an error.
 */
export async function diagnoseRedis(options: ConnectRedisOptions): Promise<Finding[]> {
  try {
    return await examine(options);
  } catch (error) {
    if (!isTablepickError(error, 'SERVER_UNREACHABLE', 'ACCESS_DENIED', 'REDIS_UNAVAILABLE', 'REDIS_FAILED'))
      throw error;
    return [problem('redis', error.message, error.hint ?? 'let this user run INFO')];
  }
}

async function examine(options: ConnectRedisOptions): Promise<Finding[]> {
  const redis = await connectRedis(options);
  try {
    return judgeRedis(redis.address, parseInfo(String(await redis.command(['INFO']))));
  } finally {
    await redis.close();
  }
}

/**
 * Fields of INFO by name.
 *
 * @source Redis documentation, INFO: lines of `field:value`, sections begin with `#`.
 */
function parseInfo(text: string): Map<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => /^[^#:]+:/.test(line));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

/** Checks a server by its INFO, without a query. A missing field counts as correct. */
export function judgeRedis(address: string, info: ReadonlyMap<string, string>): Finding[] {
  const valkey = info.get('valkey_version');
  const server = valkey === undefined ? `Redis ${info.get('redis_version') ?? '?'}` : `Valkey ${valkey}`;
  return [
    fine('redis', `${server} at ${address}`),
    ...[judgeRole, judgeMode, judgeEviction].map((judge) => judge(info)),
  ];
}

function judgeRole(info: ReadonlyMap<string, string>): Finding {
  if (info.get('role') !== 'slave') return fine('redis-role', 'it takes writes');
  return problem(
    'redis-role',
    'it is a replica: locks and flags cannot be written',
    'name the primary in the Redis URL',
  );
}

function judgeMode(info: ReadonlyMap<string, string>): Finding {
  if (info.get('cluster_enabled') !== '1') return fine('redis-mode', 'it holds all keys');
  return problem(
    'redis-mode',
    'it is a node of a cluster and holds a part of the keys',
    'name a Redis that is no cluster',
  );
}

/**
 * @source Redis documentation, "Key eviction": policies other than noeviction remove keys when maxmemory is reached.
 */
function judgeEviction(info: ReadonlyMap<string, string>): Finding {
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  const limit = info.get('maxmemory_human') ?? '0B';
  const bounded = (info.get('maxmemory') ?? '0') !== '0';
  const found = `maxmemory-policy ${policy}, ${bounded ? `maxmemory ${limit}` : 'no maxmemory'}`;
  if (policy === 'noeviction' || !bounded) return fine('redis-eviction', found);
  return warning(
    'redis-eviction',
    `${found}: a lock may be evicted while it is held; the database refuses the late writer, at the cost of a retry`,
    'CONFIG SET maxmemory-policy noeviction, or give tablepick a Redis of its own',
  );
}
