import type { StrategyChoice } from './choose-strategy.js';
import type { RunSettings } from '../generation.js';
import type { SlotPlan } from '../plan/index.js';
import type { ClaimedRun } from '../runs/index.js';

/** A run that this process owns, and the settings of its work. */
export interface RunJob {
  plan: SlotPlan;
  choice: StrategyChoice;
  claimed: ClaimedRun;
  settings: RunSettings;
}
