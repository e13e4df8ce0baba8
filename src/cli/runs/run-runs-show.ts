import { type RunDetails, showRun } from '../../slots/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { describeKey } from '../generate-slots/describe-generation.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatFields, formatPercent } from '../output/format.js';
import { describeRange } from '../slots/plan-range.js';
import { withDatabase } from '../connections/with-database.js';
import { describeState } from './run-runs-list.js';
import type { runsShowCommand } from './runs-show-command.js';

type Options = OptionsOfCommand<typeof runsShowCommand>;

/** `tablepick runs show` */
export async function runRunsShow(context: CommandContext, options: Options, runId: number): Promise<number> {
  return withDatabase(context, options, async ({ database }) => {
    const run = await showRun(database, runId);
    context.output.result(run, () => [...formatFields(fieldsOf(run)), ...describeFailures(run)]);
    return exitCodes.done;
  });
}

function fieldsOf(run: RunDetails): [name: string, value: string][] {
  const done = run.inserted + run.existing + run.failed;
  return [
    ['run', String(run.runId)],
    ['state', describeState(run)],
    ['strategy', run.strategy],
    ['dates', describeRange(run.range)],
    ['restaurants', formatCount(run.restaurants)],
    [
      'done',
      `${formatPercent(done, run.planned)} %, chunk ${formatCount(run.chunksDone)} of ${formatCount(run.chunks)}`,
    ],
    ['planned', formatCount(run.planned)],
    ['inserted', formatCount(run.inserted)],
    ['existing', formatCount(run.existing)],
    ['failed', formatCount(run.failed)],
    ['rolled back', `${formatCount(run.removed)} removed, ${formatCount(run.kept)} kept`],
    ['owner', run.owner ?? 'none'],
    ...attendantsOf(run),
    ['started', run.startedAt.toISOString()],
    ['finished', run.finishedAt?.toISOString() ?? 'not yet'],
  ];
}

function attendantsOf({ distributed, attendants, halted }: RunDetails): [name: string, value: string][] {
  if (!distributed) return [];
  const namesOf = (role: string): string =>
    attendants.flatMap((attendant) => (attendant.role === role ? [attendant.name] : [])).join(', ') || 'none';
  return [
    ['workers', namesOf('worker')],
    ['followers', namesOf('follower')],
    ...(halted === null ? [] : ([['halted', halted.message]] satisfies [string, string][])),
  ];
}

function describeFailures(run: RunDetails): string[] {
  const lines = run.failures.map((row) => `failed  ${describeKey(row)}  ${row.message}`);
  const more = run.failed - run.failures.length;
  return more > 0 ? [...lines, `failed  … and ${formatCount(more)} more`] : lines;
}
