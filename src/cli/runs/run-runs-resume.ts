import { poolSizeFor } from '../../slots/generate/index.js';
import { type InsertStrategyName, resumeRun } from '../../slots/index.js';
import type { CommandContext } from '../command.js';
import type { ConnectionOptions, InsertOptions } from '../options/options.js';
import { runGeneration } from '../generate-slots/run-generation.js';
import { withDatabase } from '../connections/with-database.js';

/** Options of `runs resume`. */
export interface ResumeOptions extends InsertOptions, ConnectionOptions {
  /** Default: the run's own. */
  strategy?: InsertStrategyName | 'auto';
}

/** `tablepick runs resume` */
export async function resumeRunCommand(
  context: CommandContext,
  runId: number,
  options: ResumeOptions,
): Promise<number> {
  const { strategy, batchRows, workers, verify } = options;
  const connection = { ...options, poolSize: poolSizeFor(workers), mustWrite: true };
  return withDatabase(context, connection, ({ database }) =>
    runGeneration(context, (hooks) => resumeRun({ database, runId, strategy, batchRows, workers, verify, ...hooks })),
  );
}
