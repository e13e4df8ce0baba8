import type { StrategyChoice } from './choose-strategy.js';
import type { RunSettings } from '../generation.js';
import type { SlotPlan } from '../plan/index.js';
import type { ClaimedRun } from '../runs/index.js';

/** A run that is owned, and how to work on it. */
export interface RunJob {
  plan: SlotPlan;
  choice: StrategyChoice;
  claimed: ClaimedRun;
  settings: RunSettings;
}
