import type { Database } from '../../database/index.js';
import { compilePlan, demoRestaurantCount, demoRules, previewSlots, readRules } from '../../slots/index.js';
import type { SlotPlan, SlotPreview, SlotRange } from '../../slots/index.js';
import type { CommandContext } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatFields } from '../format.js';
import { drawChecking } from '../progress-picture.js';
import { readPlanOf } from '../read-plan.js';
import { withProgress } from '../show-progress.js';
import type { GenerateOptions } from './generate-slots.js';

/** `tablepick generate-slots --dry-run`: tells what a generation would do; reads only. */
export async function previewGeneration(
  context: CommandContext,
  database: Database,
  options: GenerateOptions & { range: SlotRange },
): Promise<number> {
  const plan = await readPreviewedPlan(database, options);
  let rowsChecked = 0;
  const onProgress = (rows: number): void => void (rowsChecked = rows);
  const workers = options.workers === 'auto' ? undefined : options.workers;
  const settings = { strategy: options.strategy, workers, signal: context.stop.signal, onProgress };
  const draw = () => [{ ...drawChecking(rowsChecked, plan.rows), label: 'comparing' }] as const;
  const preview = await withProgress(context, draw, () => previewSlots(database, plan, settings));
  context.output.result({ dryRun: true, range: options.range, ...preview }, () => describePreview(preview));
  return exitCodes.done;
}

/** A demo that is not there yet is previewed all the same: its rules need no database. */
async function readPreviewedPlan(
  database: Database,
  options: GenerateOptions & { range: SlotRange },
): Promise<SlotPlan> {
  const { demo, range, overnight } = options;
  if (demo === undefined || (await hasRestaurants(database))) return readPlanOf(database, options, range);
  return compilePlan(demoRules(demo === true ? demoRestaurantCount : demo), range, { overnight });
}

async function hasRestaurants(database: Database): Promise<boolean> {
  for await (const _ of readRules(database)) return true;
  return false;
}

function describePreview(preview: SlotPreview): string[] {
  return [
    ...formatFields([
      ['planned', formatCount(preview.planned)],
      ['existing', formatCount(preview.existing)],
      ['missing', formatCount(preview.missing)],
      ['unexpected', formatCount(preview.unexpected)],
      ['strategy', `${preview.strategy} (${preview.reason})`],
      ['workers', formatCount(preview.workers)],
    ]),
    'dry run: nothing was changed',
  ];
}
