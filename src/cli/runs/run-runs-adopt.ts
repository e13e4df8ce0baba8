import { adoptRun } from '../../slots/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatQuantity } from '../output/format.js';
import { withDatabase } from '../connections/with-database.js';
import type { runsAdoptCommand } from './runs-adopt-command.js';

type Options = OptionsOfCommand<typeof runsAdoptCommand>;

/** `tablepick runs adopt` */
export async function runRunsAdopt(context: CommandContext, options: Options, runId: number): Promise<number> {
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
