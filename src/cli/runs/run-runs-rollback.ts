import { type Database } from '../../database/index.js';
import { rollbackRun } from '../../slots/index.js';
import type { RollbackEvent, RollbackResult } from '../../slots/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { confirm } from '../output/confirm.js';
import { describeKey } from '../generate-slots/describe-generation.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatQuantity } from '../output/format.js';
import type { ProgressPicture } from '../output/progress-picture.js';
import { withProgress } from '../output/show-progress.js';
import { withDatabase } from '../connections/with-database.js';
import type { runsRollbackCommand } from './runs-rollback-command.js';

type Options = OptionsOfCommand<typeof runsRollbackCommand>;

/** `tablepick runs rollback`: counts first, asks unless told not to, then removes. */
export async function runRunsRollback(context: CommandContext, options: Options, runId: number): Promise<number> {
  return withDatabase(context, { ...options, mustWrite: !options.dryRun }, async ({ database }) => {
    const job = { context, database, runId, listLimit: options.limit };
    if (options.dryRun) return tellResult(context, await rollBack(job, true));
    if (!options.yes) await confirmRollback(context, await rollBack(job, true));
    return tellResult(context, await rollBack(job, false));
  });
}

interface RollbackJob {
  context: CommandContext;
  database: Database;
  runId: number;
  listLimit: number;
}

async function rollBack({ context, ...job }: RollbackJob, dryRun: boolean): Promise<RollbackResult> {
  let last: RollbackEvent | undefined;
  const onEvent = (event: RollbackEvent): void => void (last = event);
  const draw = () => last && drawRollback(last, dryRun ? 'counting' : 'removing');
  const goOn = dryRun ? '' : `; go on with: tablepick runs rollback ${job.runId} --yes`;
  context.stop.describe(() => `finishing the chunk in flight; press Ctrl-C again to abort${goOn}`);
  return withProgress(context, draw, () => rollbackRun({ ...job, dryRun, signal: context.stop.signal, onEvent }));
}

function drawRollback(event: RollbackEvent, label: string): ProgressPicture {
  const detail = `chunk ${formatCount(event.chunksDone)} of ${formatCount(event.chunks)}`;
  return [{ label, done: event.chunksDone, total: event.chunks, detail }];
}

async function confirmRollback(context: CommandContext, preview: RollbackResult): Promise<void> {
  for (const line of describeResult(preview)) context.output.note(line);
  context.stop.signal.throwIfAborted();
  await confirm(context, {
    question: `remove ${formatQuantity(preview.removed, 'slot')} of run ${preview.runId}?`,
    command: `tablepick runs rollback ${preview.runId} --yes`,
  });
}

function tellResult(context: CommandContext, result: RollbackResult): number {
  context.output.result(result, () => describeResult(result));
  const wasStopped = result.state === 'stopped' || context.stop.signal.aborted;
  return wasStopped ? (context.stop.exitCode() ?? exitCodes.failed) : exitCodes.done;
}

function describeResult({ runId, state, removed, kept, keptKeys, gone }: RollbackResult): string[] {
  const counts = `${formatQuantity(removed, 'slot')}; kept because of reservations ${formatCount(kept)}; gone already ${formatCount(gone)}`;
  return [
    state === 'dry-run' ? `run ${runId}: a rollback would remove ${counts}` : `run ${runId}: removed ${counts}`,
    ...keptKeys.map((key) => `kept  ${describeKey(key)}, ${formatQuantity(key.reservations, 'reservation')}`),
    ...(kept > keptKeys.length ? [`kept  … and ${formatCount(kept - keptKeys.length)} more`] : []),
    ...(state === 'stopped' ? [`stopped; go on with: tablepick runs rollback ${runId} --yes`] : []),
  ];
}
