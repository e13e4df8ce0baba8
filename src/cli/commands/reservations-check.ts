import { type InvariantReport, checkInvariants } from '../../reservations/index.js';
import type { CommandContext } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatQuantity } from '../format.js';
import type { ConnectionOptions } from '../options.js';
import { withDatabase } from '../with-database.js';

/** `tablepick reservations check` */
export async function checkReservations(
  context: CommandContext,
  options: ConnectionOptions & { limit: number },
): Promise<number> {
  return withDatabase(context, options, async ({ database }) => {
    const report = await checkInvariants(database, { limit: options.limit, signal: context.stop.signal });
    context.output.result(report, () => describeReport(report));
    return report.ok ? exitCodes.done : exitCodes.broken;
  });
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
