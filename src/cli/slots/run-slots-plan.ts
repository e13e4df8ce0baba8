import { type SlotPlan, planDays, planRestaurants } from '../../slots/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatQuantity, formatTable } from '../output/format.js';
import { describeRange } from './plan-range.js';
import { readPlanOf, readRangeOf } from './read-plan.js';
import { withTables } from '../connections/with-database.js';
import type { slotsPlanCommand } from './slots-plan-command.js';

type Options = OptionsOfCommand<typeof slotsPlanCommand>;

/** `tablepick slots plan` */
export async function runSlotsPlan(context: CommandContext, options: Options): Promise<number> {
  const range = readRangeOf(context, options);
  return withTables(context, options, async ({ database }) => {
    const plan = await readPlanOf(database, options, range);
    context.output.result(...(options.by === 'day' ? describeDays(plan) : describeEachRestaurant(plan)));
    return exitCodes.done;
  });
}

type Described = [value: object, text: () => string[]];

function describeDays(plan: SlotPlan): Described {
  const days = [...planDays(plan)];
  const rows = days.map((day) => [day.date, formatCount(day.rows), String(day.checksum)]);
  return [{ ...summarize(plan), days }, () => [...formatTable(['date', 'slots', 'checksum'], rows), totalOf(plan)]];
}

function describeEachRestaurant(plan: SlotPlan): Described {
  const restaurants = [...planRestaurants(plan)];
  const rows = restaurants.map((one) => [String(one.restaurantId), formatCount(one.rows), String(one.checksum)]);
  const heading = ['restaurant', 'slots', 'checksum'];
  return [{ ...summarize(plan), perRestaurant: restaurants }, () => [...formatTable(heading, rows), totalOf(plan)]];
}

function summarize(plan: SlotPlan): object {
  const { range, overnight, rows, rulesHash } = plan;
  return { range, overnight, restaurants: plan.restaurants.length, rows, rulesHash };
}

function totalOf(plan: SlotPlan): string {
  const restaurants = formatQuantity(plan.restaurants.length, 'restaurant');
  return `${formatCount(plan.rows)} slots of ${restaurants}, ${describeRange(plan.range)}; rules ${plan.rulesHash.slice(0, 12)}`;
}
