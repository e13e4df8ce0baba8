import { type OptionsOf, option } from './define-option.js';
import { describePasswordFile } from './url-password.js';

/** `--redis-url`, which {@link redisUrlOf} reads, and the file of its password. */
export const redisOptions = [
  option('--redis-url <url>', 'redis://host:port for locks and flags (default: $TABLEPICK_REDIS_URL, else none)'),
  option('--redis-password-file <file>', describePasswordFile('--redis-url', 'TABLEPICK_REDIS_PASSWORD')),
] as const;

/** The values of {@link redisOptions}. */
export type RedisOptions = OptionsOf<typeof redisOptions>;

/** The Redis that `--redis-url` or TABLEPICK_REDIS_URL names. */
export function redisUrlOf({ redisUrl }: RedisOptions): string | undefined {
  return redisUrl ?? process.env.TABLEPICK_REDIS_URL;
}

/**
 * Settings of a service's reservations: the named Redis, and flags for full slots on it. Empty when no Redis is named.
 */
export function redisSettings(options: RedisOptions): { redisUrl?: string; soldOutFlag?: object } {
  const redisUrl = redisUrlOf(options);
  return redisUrl === undefined ? {} : { redisUrl, soldOutFlag: {} };
}

/**
 * As {@link redisSettings}, for a command that runs once, with a longer timeout: its process has just begun, no request
 * waits behind it, and a flag is not tried again.
 */
export function patientRedisSettings(options: RedisOptions): ReturnType<typeof redisSettings> & {
  redisTimeoutMs: number;
} {
  return { ...redisSettings(options), redisTimeoutMs: 2000 };
}
