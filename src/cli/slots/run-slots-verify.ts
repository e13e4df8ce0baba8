import { verifySlots } from '../../slots/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { describeProof } from '../generate-slots/describe-generation.js';
import { exitCodes } from '../exit-codes.js';
import { readRange } from './plan-range.js';
import { drawChecking } from '../output/progress-picture.js';
import { readPlanToProve } from './read-plan.js';
import { withProgress } from '../output/show-progress.js';
import { withTables } from '../connections/with-database.js';
import type { slotsVerifyCommand } from './slots-verify-command.js';

type Options = OptionsOfCommand<typeof slotsVerifyCommand>;

/** `tablepick slots verify` */
export async function runSlotsVerify(context: CommandContext, options: Options): Promise<number> {
  readRange(options, new Date());
  return withTables(context, options, async ({ database }) => {
    const plan = await readPlanToProve(context, database, options);
    let rowsChecked = 0;
    const onProgress = (rows: number): void => void (rowsChecked = rows);
    const settings = { signal: context.stop.signal, listLimit: options.limit, onProgress };
    const draw = () => [drawChecking(rowsChecked, plan.rows)] as const;
    const report = await withProgress(context, draw, () => verifySlots(database, plan, settings));
    context.output.result({ range: plan.range, ...report }, () => describeProof(report));
    return report.ok ? exitCodes.done : exitCodes.broken;
  });
}
