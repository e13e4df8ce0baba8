import { poolSizeFor } from '../../slots/generate/index.js';
import { resumeRun } from '../../slots/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { runGeneration } from '../generate-slots/run-generation.js';
import { withDatabase } from '../connections/with-database.js';
import type { runsResumeCommand } from './runs-resume-command.js';

type Options = OptionsOfCommand<typeof runsResumeCommand>;

/** `tablepick runs resume` */
export async function runRunsResume(context: CommandContext, options: Options, runId: number): Promise<number> {
  const { strategy, batchRows, workers, verify } = options;
  const connection = { ...options, poolSize: poolSizeFor(workers), mustWrite: true };
  return withDatabase(context, connection, ({ database }) =>
    runGeneration(context, (hooks) => resumeRun({ database, runId, strategy, batchRows, workers, verify, ...hooks })),
  );
}
