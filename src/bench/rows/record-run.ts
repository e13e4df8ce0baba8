import type { RecordedRun, VariantDescription, VariantResult } from './rows-result.js';
import type { RssSample } from '../run-facts.js';
import { median, spreadOf } from '../statistics.js';

/** A variant before its first run. */
export function emptyVariant(description: VariantDescription): VariantResult {
  const { name, label, group, rows, sampled } = description;
  return { name, label, group, rows, sampled, warmup: null, runs: [], rowsPerSecond: null, allRowsSeconds: null };
}

/**
 * The variant with one more run. The warm-up (round 0) is stored separately and changes no number.
 *
 * @param allRows Rows of the whole experiment, the size for `allRowsSeconds`.
 */
export function recordRun(variant: VariantResult, run: RecordedRun, allRows: number): VariantResult {
  if (run.round === 0) return { ...variant, warmup: run };
  const runs = [...variant.runs, run];
  const rowsPerSecond = spreadOf(runs.map((each) => each.rowsPerSecond));
  return { ...variant, runs, rowsPerSecond, allRowsSeconds: rowsPerSecond && allRows / rowsPerSecond.median };
}

/**
 * Growth of the resident set from the second third of a measurement to the last third: the last median divided by the
 * second, minus 1. The first third is start-up. Null with fewer than nine samples.
 */
export function rssGrowth(samples: readonly RssSample[]): number | null {
  if (samples.length < 9) return null;
  const third = Math.floor(samples.length / 3);
  const medianOf = (part: readonly RssSample[]): number => median(part.map((sample) => sample.bytes));
  return medianOf(samples.slice(-third)) / medianOf(samples.slice(third, 2 * third)) - 1;
}
