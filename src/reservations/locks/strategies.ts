import { adaptive } from './adaptive.js';
import { atomic } from './atomic.js';
import { combining } from './combining.js';
import type { LockStrategy } from './lock-strategy.js';
import { naive } from './naive.js';
import { optimistic } from './optimistic.js';
import { pessimistic } from './pessimistic.js';
import { saveAndFlush } from './save-and-flush.js';

/** Every strategy by its name; the baselines, which claim nothing, first. */
export const lockStrategies: Readonly<Record<string, LockStrategy>> = Object.fromEntries(
  [naive, saveAndFlush, optimistic, pessimistic, atomic, combining, adaptive].map((strategy) => [
    strategy.name,
    strategy,
  ]),
);
