/** A summary of a few measurements, robust against one bad run. All values are in the unit of the measurements. */
export interface Spread {
  /** Number of measurements, 1 or more. */
  count: number;
  median: number;
  min: number;
  max: number;
  /** First quartile. */
  q1: number;
  /** Third quartile. */
  q3: number;
  /** Median absolute deviation from the median, not scaled. */
  mad: number;
}

/** The spread of `values`; null when there are none. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const middle = median(values);
  return {
    count: values.length,
    median: middle,
    min: Math.min(...values),
    max: Math.max(...values),
    q1: quantile(values, 0.25),
    q3: quantile(values, 0.75),
    mad: median(values.map((value) => Math.abs(value - middle))),
  };
}

/** The middle of `values`, the mean of the two middle ones when their number is even; NaN when there are none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The value below which `share` (0–1) of `values` lie, interpolated between neighbours; NaN when there are none.
 *
 * @source Hyndman & Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50(4), 1996, definition
 * 7.
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}
