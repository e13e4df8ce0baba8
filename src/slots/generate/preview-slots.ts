import type { Database } from '../../database/database.js';
import { chooseStrategy } from './choose-strategy.js';
import type { StrategyChoice } from './choose-strategy.js';
import { checkRunSettings, chooseWorkers } from './choose-workers.js';
import type { InsertStrategyName } from '../generation.js';
import type { SlotPlan } from '../plan/index.js';
import { verifySlots } from '../verify/index.js';
import type { VerifyOptions } from '../verify/index.js';

/** The effects that a generation would have. */
export interface SlotPreview extends StrategyChoice {
  workers: number;
  planned: number;
  /** Slots of the plan that exist. */
  existing: number;
  /** Slots a generation would insert. */
  missing: number;
  /** Slots in the range that are not in the plan. A generation would keep them, and its verify would report them. */
  unexpected: number;
}

/** Settings of {@link previewSlots}. */
export interface PreviewOptions extends VerifyOptions {
  strategy?: InsertStrategyName | 'auto' | undefined;
}

/**
 * Previews a generation. It only reads, so a user with only the SELECT privilege is enough.
 *
 * @throws `BAD_OPTION` for invalid settings; the errors of {@link verifySlots}.
 * @example
 * const { missing, strategy } = await previewSlots(database, plan);
 */
export async function previewSlots(
  database: Database,
  plan: SlotPlan,
  options: PreviewOptions = {},
): Promise<SlotPreview> {
  checkRunSettings({ database, workers: options.workers });
  const choice = chooseStrategy(options.strategy ?? 'auto', plan, database.server);
  const workers = await chooseWorkers(database, options.workers ?? 'auto');
  const { planned, missing, unexpected } = await verifySlots(database, plan, { ...options, workers });
  return { ...choice, workers, planned, existing: planned - missing, missing, unexpected };
}
