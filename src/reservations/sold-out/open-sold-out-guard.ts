import type { Database } from '../../database/index.js';
import { checkInteger } from '../../check-option.js';
import type { Redis } from '../../redis/index.js';
import { SoldOutGuard, type SoldOutFlagOptions } from './guard-sold-out.js';
import { SoldOutFlags } from './sold-out-flags.js';

/** The default life of a flag. */
export const FLAG_LIFE_MS = 3_600_000;

const RECHECK_MS = 10_000;

/**
 * The guard that `createReservations` puts before its strategy.
 *
 * @throws `BAD_OPTION`.
 */
export function openSoldOutGuard(database: Database, redis: Redis, options: SoldOutFlagOptions): SoldOutGuard {
  const { ttlMs = FLAG_LIFE_MS, recheckMs = RECHECK_MS, onFailure } = options;
  const flags = new SoldOutFlags({ database, redis, ttlMs: checkMs('ttlMs', ttlMs) });
  return new SoldOutGuard(flags, { recheckMs: checkMs('recheckMs', recheckMs), onFailure });
}

/** @throws `BAD_OPTION` unless `value` is a whole number of milliseconds of 1 or more. */
export function checkMs(name: string, value: number): number {
  return checkInteger(name, value, {
    min: 1,
    message: `${name} of the sold-out flag must be a whole number of milliseconds of 1 or more, not ${value}`,
  });
}
