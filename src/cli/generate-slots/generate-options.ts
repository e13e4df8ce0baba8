import type { InsertStrategyName } from '../../slots/index.js';
import type { DistributionOptions } from './distribution-options.js';
import type { ConnectionOptions, InsertOptions, PlanOptions } from '../options/options.js';

/** Options of `generate-slots`. */
export interface GenerateOptions extends PlanOptions, InsertOptions, ConnectionOptions, DistributionOptions {
  /** True when no number is given. */
  demo?: number | true;
  strategy: InsertStrategyName | 'auto';
  dryRun?: true;
  restart?: true;
}
