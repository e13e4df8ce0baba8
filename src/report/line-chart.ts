import type { BenchResult } from '../bench/result.js';
import type { Spread } from '../bench/statistics.js';
import { chartWidth, escapeXml, renderFrame, round } from './chart-frame.js';
import { formatCount, formatRate } from './format-numbers.js';

/** One line: the same measurement at several swept values. */
export interface Line {
  label: string;
  /** A dashed line means a wrong verdict. */
  dashed: boolean;
  /** From the least swept value to the largest. */
  points: { at: number; rate: Spread }[];
}

/** The meaning of the axes. */
export interface LineAxes {
  title: string;
  /** The swept parameter, below the horizontal axis. */
  sweep: string;
}

const left = 80;
const right = 210;
const top = 56;
const plotWidth = chartWidth - left - right;
const plotHeight = 330;
const labelHeight = 16;

// Okabe and Ito's colours, which colour-blind readers can distinguish. Yellow is left out, because it fades on white.
const light = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#4d4d4d', '#7a5195', '#a05d00'];
const dark = ['#4ea3dd', '#f08c4a', '#35c49a', '#e09cc0', '#8fd0f5', '#f2bd4b', '#b3b3b3', '#b08fd0', '#d09a4a'];

/** The rules of the classes `line`, `lead`, `whisker` and `dot` with `c0` to {@link colourCount} - 1. */
export const lineStyles = { light: colourRules(light), dark: colourRules(dark) };
/** Lines that differ by colour. */
export const colourCount = light.length;

/**
 * Medians over the swept values, on a logarithmic vertical axis, with a whisker from the slowest to the fastest run.
 */
export function renderLines(result: BenchResult, { title, sweep }: LineAxes, lines: readonly Line[]): string {
  const drawn = lines.filter(({ points }) => points.length > 0);
  const places = [...new Set(drawn.flatMap(({ points }) => points.map(({ at }) => at)))].toSorted((a, b) => a - b);
  const rates = drawn.flatMap(({ points }) => points.flatMap(({ rate }) => [rate.min, rate.max]));
  const scale = { places, ...decades(rates) };
  const labels = placeLabels(drawn, scale);
  return renderFrame(result, {
    title,
    height: top + plotHeight + 86,
    styles: lineStyles,
    elements: [
      ...renderDecades(scale),
      ...renderPlaces(scale, sweep),
      ...drawn.map((line, index) => renderLine(line, index, { scale, labelY: labels[index] ?? top })),
    ],
  });
}

interface Scale {
  /** Swept values in ascending order. They are evenly spaced, whatever their differences. */
  places: readonly number[];
  /** Powers of ten. */
  lowest: number;
  highest: number;
}

function decades(rates: readonly number[]): Pick<Scale, 'lowest' | 'highest'> {
  const positive = rates.filter((rate) => rate > 0);
  if (positive.length === 0) return { lowest: 0, highest: 1 };
  const lowest = Math.floor(Math.log10(Math.min(...positive)));
  return { lowest, highest: Math.max(lowest + 1, Math.ceil(Math.log10(Math.max(...positive)))) };
}

function xOf(at: number, { places }: Scale): number {
  return round(left + (plotWidth * (places.indexOf(at) + 0.5)) / places.length);
}

/** A value too low for the axis, such as 0, lies on the bottom of the axis. */
function yOf(rate: number, { lowest, highest }: Scale): number {
  const share = rate > 0 ? Math.max(0, (Math.log10(rate) - lowest) / (highest - lowest)) : 0;
  return round(top + plotHeight * (1 - share));
}

function renderDecades(scale: Scale): string[] {
  const powers = Array.from({ length: scale.highest - scale.lowest + 1 }, (_, index) => 10 ** (scale.lowest + index));
  return powers.map((power) => {
    const y = yOf(power, scale);
    const text = power < 1 ? String(power) : formatCount(power);
    return `<line class="grid" x1="${left}" y1="${y}" x2="${left + plotWidth}" y2="${y}"/><text class="quiet" x="${left - 8}" y="${y + 4}" text-anchor="end">${text}</text>`;
  });
}

function renderPlaces(scale: Scale, sweep: string): string[] {
  const y = top + plotHeight + 18;
  const values = scale.places.map(
    (at) => `<text class="quiet" x="${xOf(at, scale)}" y="${y}" text-anchor="middle">${formatSwept(at)}</text>`,
  );
  return [...values, `<text x="${left + plotWidth / 2}" y="${y + 20}" text-anchor="middle">${escapeXml(sweep)}</text>`];
}

function formatSwept(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : String(value);
}

function renderLine(line: Line, index: number, { scale, labelY }: { scale: Scale; labelY: number }): string {
  const places = line.points.map(({ at, rate }) => ({ x: xOf(at, scale), y: yOf(rate.median, scale), rate }));
  const path = places.map(({ x, y }, step) => `${step === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  const last = places.at(-1);
  const [x, y] = [last?.x ?? left, last?.y ?? top];
  const text = `${line.label}  ${last === undefined ? '' : formatRate(last.rate.median)}`;
  return [
    `<path class="line c${index % light.length}"${line.dashed ? ' stroke-dasharray="5 4"' : ''} d="${path}"/>`,
    ...places.map((place) => renderPoint(place, index, scale)),
    `<path class="lead c${index % light.length}" d="M${x + 6} ${y}L${left + plotWidth + 4} ${labelY}"/>`,
    `<text x="${left + plotWidth + 8}" y="${labelY + 4}">${escapeXml(text)}</text>`,
  ].join('\n');
}

function renderPoint({ x, y, rate }: { x: number; y: number; rate: Spread }, index: number, scale: Scale): string {
  const dot = `<circle class="dot c${index % light.length}" cx="${x}" cy="${y}" r="3.5"/>`;
  if (rate.max === rate.min) return dot;
  return `${dot}<path class="whisker c${index % light.length}" d="M${x} ${yOf(rate.min, scale)}V${yOf(rate.max, scale)}"/>`;
}

/**
 * The positions of the lines' labels: at the last points, moved apart so that they do not overlap, and inside the plot.
 */
function placeLabels(lines: readonly Line[], scale: Scale): number[] {
  const wanted = lines.map(({ points }, index) => ({ index, y: yOf(points.at(-1)?.rate.median ?? 0, scale) }));
  const placed: number[] = [];
  let free = top - labelHeight;
  for (const { index, y } of wanted.toSorted((a, b) => a.y - b.y))
    placed[index] = free = Math.max(y, free + labelHeight);
  let limit = top + plotHeight + labelHeight;
  for (const { index } of wanted.toSorted((a, b) => (placed[b.index] ?? 0) - (placed[a.index] ?? 0)))
    placed[index] = limit = Math.min(placed[index] ?? limit, limit - labelHeight);
  return placed;
}

function colourRules(colours: readonly string[]): string {
  const rules = colours.map(
    (colour, index) =>
      `.line.c${index}, .lead.c${index}, .whisker.c${index} { stroke: ${colour} } .dot.c${index} { fill: ${colour} }`,
  );
  return [
    '.line { fill: none; stroke-width: 2 } .lead { fill: none; stroke-width: 0.75 } .whisker { stroke-width: 1 }',
    ...rules,
  ].join('\n  ');
}
