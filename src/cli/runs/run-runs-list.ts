import { type RunSummary, listRuns } from '../../slots/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatPercent, formatTable } from '../output/format.js';
import { describeRange } from '../slots/plan-range.js';
import { withTables } from '../connections/with-database.js';
import type { runsListCommand } from './runs-list-command.js';

type Options = OptionsOfCommand<typeof runsListCommand>;

/** `tablepick runs list` */
export async function runRunsList(context: CommandContext, options: Options): Promise<number> {
  return withTables(context, options, async ({ database }) => {
    const runs = await listRuns(database, options.limit);
    context.output.result({ runs }, () => describeRuns(runs));
    return exitCodes.done;
  });
}

function describeRuns(runs: readonly RunSummary[]): string[] {
  if (runs.length === 0) return ['no runs yet; start one with: tablepick generate-slots'];
  const heading = [
    'run',
    'state',
    'strategy',
    'done %',
    'planned',
    'inserted',
    'existing',
    'failed',
    'started',
    'dates',
  ];
  return formatTable(heading, runs.map(describeRun));
}

function describeRun(run: RunSummary): string[] {
  const counts = [run.planned, run.inserted, run.existing, run.failed].map(formatCount);
  const done = formatPercent(run.inserted + run.existing + run.failed, run.planned);
  return [
    String(run.runId),
    describeState(run),
    run.strategy,
    done,
    ...counts,
    run.startedAt.toISOString().slice(0, 19),
    describeRange(run.range),
  ];
}

/**
 * The state of a run for people: an unfinished run is `stopped` without a worker, and `distributed` when workers do it.
 */
export function describeState(run: Pick<RunSummary, 'state' | 'active' | 'distributed'>): string {
  if (run.state === 'running' && run.active) return run.distributed ? 'distributed' : 'running';
  if (run.state === 'running') return run.distributed ? 'distributed, nobody at it' : 'stopped';
  return run.active ? `${run.state} (at work)` : run.state;
}
