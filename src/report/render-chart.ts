import type { LoadBody, LoadVariant } from '../bench/load/load-result.js';
import type { BenchResult } from '../bench/result.js';
import type { RowsBody } from '../bench/rows/rows-result.js';
import type { Spread } from '../bench/statistics.js';
import { renderBars } from './bar-chart.js';
import type { Bar } from './bar-chart.js';
import { renderLines } from './line-chart.js';
import type { Line } from './line-chart.js';

/** A result as an SVG: rows or good answers a second, or times, as bars or as lines over the swept values. */
export function renderChart(result: BenchResult): string {
  if (result.kind === 'rows') return renderBars(result, `${result.title}: rows per second`, rowsBars(result));
  if (result.chart === 'mean-time') {
    const title = `${result.title}: ${result.times[0]?.label ?? 'time'}, mean in ms`;
    return renderBars(
      result,
      title,
      loadBars(result, (variant) => variant.meanMs),
    );
  }
  const title = `${result.title}: ${result.good} per second`;
  if (result.sweep === null) {
    return renderBars(result, title, fastestFirst(loadBars(result, (variant) => variant.goodPerSecond)));
  }
  return renderLines(result, { title: `${title}, logarithmic`, sweep: result.sweep }, loadLines(result));
}

function rowsBars({ variants, chartOrder }: RowsBody): Bar[] {
  const bars = variants.flatMap(({ label, group, rowsPerSecond: rate, sampled }) =>
    rate === null ? [] : [{ label, group, rate, remark: sampled ? '(sample)' : '' }],
  );
  return chartOrder === 'as-listed' ? bars : fastestFirst(bars);
}

function loadBars({ variants }: LoadBody, read: (variant: LoadVariant) => Spread | null): Bar[] {
  return variants.flatMap((variant) => {
    const rate = read(variant);
    if (rate === null) return [];
    const bar = { label: variant.label, group: variant.group, rate };
    return [isWrong(variant) ? { ...bar, remark: 'wrong', faint: true as const } : { ...bar, remark: '' }];
  });
}

function loadLines({ variants }: LoadBody): Line[] {
  const series = [...new Set(variants.map((variant) => variant.series))];
  return series.map((label) => {
    const ofLine = variants.filter((variant) => variant.series === label);
    const points = ofLine.flatMap(({ point, goodPerSecond: rate }) =>
      point === null || rate === null ? [] : [{ at: point, rate }],
    );
    const inOrder = points.toSorted((a, b) => a.at - b.at);
    return { label: ofLine.some(isWrong) ? `${label} (wrong)` : label, dashed: ofLine.some(isWrong), points: inOrder };
  });
}

function isWrong({ verdict }: LoadVariant): boolean {
  return verdict?.right === false;
}

function fastestFirst(bars: Bar[]): Bar[] {
  return bars.toSorted((a, b) => b.rate.median - a.rate.median);
}
