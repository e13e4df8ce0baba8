import { adoptRun } from '../../slots/index.js';
import type { CommandContext } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatQuantity } from '../output/format.js';
import type { ConnectionOptions } from '../options/options.js';
import { withDatabase } from '../connections/with-database.js';

/** `tablepick runs adopt` */
export async function adoptRunCommand(
  context: CommandContext,
  runId: number,
  options: ConnectionOptions,
): Promise<number> {
  return withDatabase(context, { ...options, mustWrite: true }, async ({ database }) => {
    const result = await adoptRun({ database, runId, signal: context.stop.signal });
    context.output.result(result, () =>
      result.adopted
        ? `run ${runId}: its ${formatQuantity(result.slots, 'slot')} are there as it wrote them; it can go on or be rolled back`
        : `run ${runId} knows the table as it is: nothing to adopt`,
    );
    return exitCodes.done;
  });
}
