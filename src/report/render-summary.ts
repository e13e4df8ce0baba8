import type { BenchResult } from '../bench/result.js';
import { formatCount, formatFigure, formatGoal } from './format-numbers.js';

/** A result in a few aligned lines of plain text, for a terminal: a line a variant, then a line a figure. */
export function renderSummary(result: BenchResult): string[] {
  return [...alignColumns(result.variants.map(variantCells)), '', ...alignColumns(result.figures.map(figureCells))];
}

function variantCells({ label, rowsPerSecond: rate, sampled, rows }: BenchResult['variants'][number]): string[] {
  if (rate === null) return [label, '–', 'not measured'];
  const range = `${formatCount(rate.min)} – ${formatCount(rate.max)}`;
  const note = sampled ? `, sample of ${formatCount(rows)} rows` : '';
  return [label, `${formatCount(rate.median)} rows/s`, `(${range}${note})`];
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
