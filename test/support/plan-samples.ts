import { crc32 } from 'node:zlib';

import fc from 'fast-check';
import { type PlanBox, type PlannedSlot, type RestaurantRules, type SlotPlan, compilePlan } from 'tablepick/slots';

import { planInput } from './random-rules.js';
import type { PlanInput } from './random-rules.js';
import { randomSeed } from './random-seed.js';

const seed = randomSeed();

/** Eight numbers, 0 up to but not including 1. Small ones are more frequent. */
export type Dice = number[];

/** Runs a property on `numRuns` random inputs, each with random numbers for its choices. */
export async function check(property: (input: PlanInput, dice: Dice) => Promise<void>, numRuns = 150): Promise<void> {
  const dice = fc.array(
    fc.nat(999).map((n) => n / 1000),
    { minLength: 8, maxLength: 8 },
  );
  await fc.assert(fc.asyncProperty(planInput, dice, property), { seed, numRuns });
}

/** The plan of an input. */
export function compile({ rules, range, overnight }: PlanInput): Promise<SlotPlan> {
  return compilePlan(rules, range, { overnight });
}

/** Hours that are the same every day, 100 seats a slot. */
export function restaurantOpen(
  opensAt: string,
  closesAt: string,
  restaurantId: number,
  stepMinutes?: number,
): RestaurantRules {
  return { restaurantId, capacity: 100, week: Array.from({ length: 7 }, () => [{ opensAt, closesAt, stepMinutes }]) };
}

/** A box somewhere in the plan. Large ones are more frequent. It may be empty. */
export function someBox(plan: SlotPlan, dice: Dice): PlanBox {
  const choose = (die: number, choices: number): number => Math.floor((dice[die] ?? 0) * choices);
  const { length } = plan.restaurants;
  const { from, days } = plan.range;
  const start = choose(0, length + 1);
  const first = choose(2, days);
  const hour = choose(4, 24);
  return {
    start,
    end: length - choose(1, length - start + 1),
    fromDate: addDays(from, first),
    toDate: addDays(from, days - 1 - choose(3, days - first)),
    fromTime: choose(5, 2) === 0 ? '00:00' : `${String(hour).padStart(2, '0')}:15`,
    toTime: choose(6, 2) === 0 ? '23:59' : `${String(23 - choose(7, 24 - hour)).padStart(2, '0')}:45`,
  };
}

function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Count and checksum, slot by slot, of the text that the server would hash. */
export function naiveChecksum(slots: Iterable<PlannedSlot>): { rows: number; checksum: bigint } {
  let rows = 0;
  let checksum = 0n;
  for (const { restaurantId, date, time } of slots) {
    rows += 1;
    checksum += BigInt(crc32(`${restaurantId}|${date}|${time}:00`));
  }
  return { rows, checksum };
}
