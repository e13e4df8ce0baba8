import { compilePlan, demoRules, previewSlots } from '../../slots/index.js';
import type { RestaurantRules, SlotPlan, SlotPreview, SlotRange } from '../../slots/index.js';
import type { CommandContext } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatFields } from '../output/format.js';
import { drawChecking } from '../output/progress-picture.js';
import { readPlanOf } from '../slots/read-plan.js';
import { demoCountOf, previewDemo } from './seed-demo-once.js';
import { withProgress } from '../output/show-progress.js';
import type { OpenDatabase } from '../connections/with-database.js';
import type { GenerateOptions } from './generate-slots-command.js';

/** `tablepick generate-slots --dry-run`: tells what a generation would do; reads only. */
export async function previewGeneration(
  context: CommandContext,
  open: OpenDatabase,
  options: GenerateOptions & { range: SlotRange },
): Promise<number> {
  const plan = await readPreviewedPlan(context, open, options);
  let rowsChecked = 0;
  const onProgress = (rows: number): void => void (rowsChecked = rows);
  const workers = options.workers === 'auto' ? undefined : options.workers;
  const settings = { strategy: options.strategy, workers, signal: context.stop.signal, onProgress };
  const draw = () => [{ ...drawChecking(rowsChecked, plan.rows), label: 'comparing' }] as const;
  const preview = await withProgress(context, draw, () => previewSlots(open.database, plan, settings));
  context.output.result({ dryRun: true, range: options.range, ...preview }, () => describePreview(preview));
  return exitCodes.done;
}

/** A demo can be previewed before it is in the database: its rules need no database. */
async function readPreviewedPlan(
  context: CommandContext,
  open: OpenDatabase,
  options: GenerateOptions & { range: SlotRange },
): Promise<SlotPlan> {
  const { demo, range, overnight } = options;
  if (demo === undefined) return readPlanOf(open.database, options, range);
  const count = demoCountOf(demo);
  const { isThere } = await previewDemo(context.output, open, count);
  if (isThere) return readPlanOf(open.database, options, range);
  return compilePlan(wantedRules(demoRules(count), options.restaurants), range, { overnight });
}

function* wantedRules(
  rules: Iterable<RestaurantRules>,
  wanted: GenerateOptions['restaurants'],
): Generator<RestaurantRules> {
  for (const rule of rules) {
    const id = rule.restaurantId;
    const isWanted =
      wanted === undefined || ('from' in wanted ? id >= wanted.from && id <= wanted.to : wanted.includes(id));
    if (isWanted) yield rule;
  }
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
