import type { OpeningInterval, WeeklyHours } from './rules.js';

/**
 * Keeps each distinct week once, and each distinct day once. So memory grows with the distinct hours, not with the
 * number of restaurants.
 */
export class WeekTable {
  /** Distinct weeks, in order of first use. */
  readonly weeks: WeeklyHours[] = [];
  readonly #weekByKey = new Map<string, number>();
  readonly #days: (readonly OpeningInterval[])[] = [];
  readonly #dayByKey = new Map<string, number>();

  /** The index of `week` in `weeks`. Equal hours have the same index, also when defaults are left out. */
  indexOf(week: WeeklyHours): number {
    const days = week.map((intervals) => this.#dayIndexOf(intervals));
    const key = days.join();
    const known = this.#weekByKey.get(key);
    if (known !== undefined) return known;
    const index = this.weeks.push(days.map((day) => this.#days[day] ?? [])) - 1;
    this.#weekByKey.set(key, index);
    return index;
  }

  #dayIndexOf(intervals: readonly OpeningInterval[]): number {
    const key = intervals.map(intervalKey).join();
    const known = this.#dayByKey.get(key);
    if (known !== undefined) return known;
    const index = this.#days.push(intervals.map(canonicalInterval)) - 1;
    this.#dayByKey.set(key, index);
    return index;
  }
}

function intervalKey({ opensAt, closesAt, stepMinutes = 60, capacity }: OpeningInterval): string {
  return `${opensAt}-${closesAt}/${stepMinutes}@${capacity ?? ''}`;
}

function canonicalInterval({ opensAt, closesAt, stepMinutes = 60, capacity }: OpeningInterval): OpeningInterval {
  return capacity === undefined ? { opensAt, closesAt, stepMinutes } : { opensAt, closesAt, stepMinutes, capacity };
}
