import { resumeRun } from '../../slots/index.js';
import type { CommandContext } from '../command.js';
import type { ConnectionOptions, InsertOptions } from '../options.js';
import { poolSizeFor, runGeneration } from '../run-generation.js';
import { withDatabase } from '../with-database.js';

/** `tablepick runs resume` */
export async function resumeRunCommand(
  context: CommandContext,
  runId: number,
  options: InsertOptions & ConnectionOptions,
): Promise<number> {
  const { batchRows, workers, verify } = options;
  const connection = { ...options, poolSize: poolSizeFor(workers) };
  return withDatabase(context, connection, ({ database }) =>
    runGeneration(context, (hooks) => resumeRun({ database, runId, batchRows, workers, verify, ...hooks })),
  );
}
