import { type InvariantReport, checkInvariants } from '../../reservations/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatQuantity } from '../output/format.js';
import type { ProgressBar, ProgressPicture } from '../output/progress-picture.js';
import { withProgress } from '../output/show-progress.js';
import { withTables } from '../connections/with-database.js';
import type { reservationsCheckCommand } from './reservations-check-command.js';

type Options = OptionsOfCommand<typeof reservationsCheckCommand>;

/** `tablepick reservations check` */
export async function runReservationsCheck(context: CommandContext, options: Options): Promise<number> {
  return withTables(context, options, async ({ database }) => {
    let progress: Progress | undefined;
    const onProgress = (done: number, total: number): void => void (progress = { done, total });
    const draw = (): ProgressPicture | undefined => progress && [drawSlots(progress)];
    const settings = { limit: options.limit, signal: context.stop.signal, onProgress };
    const report = await withProgress(context, draw, () => checkInvariants(database, settings));
    context.output.result(report, () => describeReport(report));
    return report.ok ? exitCodes.done : exitCodes.broken;
  });
}

interface Progress {
  done: number;
  total: number;
}

function drawSlots({ done, total }: Progress): ProgressBar {
  return { label: 'checking', done, total, detail: `${formatCount(done)} of ${formatQuantity(total, 'slot')}` };
}

function describeReport(report: InvariantReport): string[] {
  const { ok, checked, violations, counts, more } = report;
  const looked = `${formatQuantity(checked.slots, 'slot')} and ${formatQuantity(checked.reservations, 'reservation')}`;
  if (ok) return [`all invariants hold over ${looked}`];
  const kinds = Object.entries(counts).map(([kind, count]) => `${kind} ${formatCount(count)}`);
  return [
    `broken over ${looked}: ${kinds.join(', ')}`,
    ...violations.map(({ kind, text }) => `${kind}  ${text}`),
    ...(more > 0 ? [`and ${formatCount(more)} more; --limit lists more of each kind`] : []),
  ];
}
