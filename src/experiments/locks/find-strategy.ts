import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { TablepickError } from '../../errors.js';
import { lockStrategies, lockStrategyNames } from '../../reservations/index.js';
import type { LockStrategy } from '../../reservations/index.js';

/** A strategy and where it was found. */
export interface FoundStrategy {
  strategy: LockStrategy;
  /** Absolute path of the file that exports it; null for one of tablepick's own. */
  module: string | null;
}

/**
 * Finds a strategy by its name, or in the file that exports it under any name.
 *
 * @param named A name, or the path of a `.mjs` or `.js` file.
 * @throws `BAD_OPTION` when there is no such strategy, or not exactly one in the file.
 */
export async function findStrategy(named: string): Promise<FoundStrategy> {
  if (/\.m?js$/.test(named)) return { strategy: await loadStrategy(resolve(named)), module: resolve(named) };
  const known = lockStrategyNames.find((name) => name === named);
  if (known !== undefined) return { strategy: lockStrategies[known], module: null };
  throw new TablepickError('BAD_OPTION', `there is no lock strategy ${named}`, {
    hint: `choose from ${lockStrategyNames.join(', ')}, by-hand, or name a .mjs file that exports one`,
  });
}

async function loadStrategy(path: string): Promise<LockStrategy> {
  const found = Object.values(await importFile(path)).filter(isStrategy);
  const [strategy] = new Set(found);
  if (strategy !== undefined && new Set(found).size === 1) return strategy;
  throw new TablepickError('BAD_OPTION', `${path} exports ${new Set(found).size} lock strategies instead of one`, {
    hint: 'export one object with a name, guarantees and open, see LockStrategy of tablepick/reservations',
  });
}

async function importFile(path: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TablepickError('BAD_OPTION', `${path} cannot be loaded: ${why}`, { cause });
  }
}

function isStrategy(exported: unknown): exported is LockStrategy {
  const { name, guarantees, open } = Object(exported) as Partial<Record<keyof LockStrategy, unknown>>;
  return typeof name === 'string' && typeof guarantees === 'object' && typeof open === 'function';
}
