import type { LoadBody, LoadVariant } from '../bench/load/load-result.js';
import type { BenchResult } from '../bench/result.js';
import type { VariantResult } from '../bench/rows/rows-result.js';
import { formatCount, formatFigure, formatGoal, formatMs, formatRate } from './format-numbers.js';

/** A result in a few aligned lines of plain text for a terminal: a line for each variant, then one for each figure. */
export function renderSummary(result: BenchResult): string[] {
  const variants =
    result.kind === 'rows' ? result.variants.map(rowsCells) : result.variants.map((each) => loadCells(each, result));
  return [...alignColumns(variants), '', ...alignColumns(result.figures.map(figureCells))];
}

function rowsCells({ label, rowsPerSecond: rate, sampled, rows }: VariantResult): string[] {
  if (rate === null) return [label, '–', 'not measured'];
  const range = `${formatCount(rate.min)} – ${formatCount(rate.max)}`;
  const note = sampled ? `, sample of ${formatCount(rows)} rows` : '';
  return [label, `${formatCount(rate.median)} rows/s`, `(${range}${note})`];
}

function loadCells(variant: LoadVariant, { good, times }: LoadBody): string[] {
  const { label, goodPerSecond: rate, latencies, verdict, claims } = variant;
  if (rate === null || verdict === null) return [label, '–', 'not measured'];
  const latency = latencies[times[0]?.name ?? ''];
  const p99 = latency === undefined ? '' : `p99 ${formatMs(latency.p99Ms)}, `;
  const text = verdict.right || !claims ? verdict.text : `BROKEN: ${verdict.text}`;
  return [label, `${formatRate(rate.median)} ${good}/s`, `${p99}${text}`];
}

function figureCells({ title, unit, spread, goal, met }: BenchResult['figures'][number]): string[] {
  const range = `(${formatFigure(spread.min, unit)} – ${formatFigure(spread.max, unit)})`;
  const verdict = goal === null ? '' : ` ${met ? 'meets' : 'misses'} ${formatGoal(goal, unit)}`;
  return [title, formatFigure(spread.median, unit), range + verdict];
}

function alignColumns(lines: string[][]): string[] {
  const width = (column: number): number => Math.max(0, ...lines.map((cells) => cells[column]?.length ?? 0));
  const [first, second] = [width(0), width(1)];
  return lines.map(
    ([title = '', value = '', note = '']) => `${title.padEnd(first)}  ${value.padStart(second)}  ${note}`,
  );
}
