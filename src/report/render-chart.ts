import type { BenchResult, VariantGroup, VariantResult } from '../bench/result.js';
import type { Spread } from '../bench/statistics.js';
import { formatCount } from './format-numbers.js';

const width = 920;
const labelWidth = 330;
const valueWidth = 130;
const top = 72;
const rowHeight = 30;
const barHeight = 16;
const plotWidth = width - labelWidth - valueWidth;

const groupNames: Readonly<Record<VariantGroup, string>> = {
  tablepick: 'tablepick',
  'by-hand': 'the same SQL by hand',
  peer: 'other tools',
};

// Blue, grey and orange stay apart for colour-blind readers; dark values are chosen, not inverted.
const style = `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .quiet { fill: #59636e; font-size: 12px }
  .surface { fill: #ffffff }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  .spread { stroke: #1f2328; stroke-width: 1.5; fill: none }
  .tablepick { fill: #2a6fdb } .by-hand { fill: #8c959f } .peer { fill: #d9822b }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .surface { fill: #0d1117 }
    .grid { stroke: #2f353d }
    .spread { stroke: #e6edf3 }
    .tablepick { fill: #5b9bf5 } .by-hand { fill: #7d8590 } .peer { fill: #e09b4e }
  }`;

interface Bar {
  variant: VariantResult;
  rate: Spread;
}

/** A result as an SVG of horizontal bars from zero: medians of rows/s, with a whisker from the slowest to the fastest run. */
export function renderChart(result: BenchResult): string {
  const bars = orderBars(result);
  const axisEnd = niceCeiling(Math.max(1, ...bars.map((bar) => bar.rate.max)));
  const height = top + bars.length * rowHeight + 52;
  const title = `${result.title}: rows per second`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${style}\n</style>`,
    `<rect class="surface" width="${width}" height="${height}"/>`,
    `<text class="title" x="16" y="28">${escapeXml(title)}</text>`,
    renderLegend(bars),
    ...renderGrid(axisEnd, bars.length),
    ...bars.map((bar, index) => renderBar(bar, index, axisEnd)),
    `<text class="quiet" x="16" y="${height - 14}">${escapeXml(describeConditions(result))}</text>`,
    '</svg>\n',
  ].join('\n');
}

function orderBars(result: BenchResult): Bar[] {
  const bars = result.variants.flatMap((variant) =>
    variant.rowsPerSecond === null ? [] : [{ variant, rate: variant.rowsPerSecond }],
  );
  return result.chartOrder === 'as-listed' ? bars : bars.toSorted((a, b) => b.rate.median - a.rate.median);
}

/** The next of 1, 2, 2.5, 5 × a power of ten. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 2.5, 5].find((factor) => factor * power >= value) ?? 10);
}

function renderLegend(bars: readonly Bar[]): string {
  const shown = new Set(bars.map((bar) => bar.variant.group));
  const groups = (Object.keys(groupNames) as VariantGroup[]).filter((group) => shown.has(group));
  const entries = groups.map((group, index) => {
    const x = 16 + index * 165;
    return `<rect class="${group}" x="${x}" y="42" width="12" height="12" rx="2"/><text class="quiet" x="${x + 18}" y="52">${groupNames[group]}</text>`;
  });
  return entries.join('\n');
}

function renderGrid(axisEnd: number, bars: number): string[] {
  const bottom = top + bars * rowHeight;
  return [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const x = round(labelWidth + share * plotWidth);
    const line = `<line class="grid" x1="${x}" y1="${top - 4}" x2="${x}" y2="${bottom}"/>`;
    const text = `<text class="quiet" x="${x}" y="${bottom + 14}" text-anchor="middle">${formatCount(share * axisEnd)}</text>`;
    return line + text;
  });
}

function renderBar({ variant, rate }: Bar, index: number, axisEnd: number): string {
  const y = top + index * rowHeight + (rowHeight - barHeight) / 2;
  const middle = y + barHeight / 2;
  const xOf = (value: number): number => round(labelWidth + (value / axisEnd) * plotWidth);
  const [low, high, end] = [xOf(rate.min), xOf(rate.max), xOf(rate.median)];
  const whisker = `M${low} ${middle}H${high}M${low} ${middle - 4}V${middle + 4}M${high} ${middle - 4}V${middle + 4}`;
  const spread = rate.max > rate.min ? [`<path class="spread" d="${whisker}"/>`] : [];
  const value = `${formatCount(rate.median)}${variant.sampled ? ' (sample)' : ''}`;
  return [
    `<text x="${labelWidth - 10}" y="${middle + 4}" text-anchor="end">${escapeXml(variant.label)}</text>`,
    `<rect class="${variant.group}" x="${labelWidth}" y="${y}" width="${round(end - labelWidth)}" height="${barHeight}" rx="2"/>`,
    ...spread,
    `<text x="${high + 8}" y="${middle + 4}">${value}</text>`,
  ].join('\n');
}

function describeConditions({ server, machine, rounds, parameters }: BenchResult): string {
  const rows = typeof parameters.rows === 'number' ? `${formatCount(parameters.rows)} rows, ` : '';
  const runs = rounds.done > 1 ? `median of ${rounds.done} runs, whisker from min to max` : 'one run each';
  const where = server.local ? 'client and server' : 'the client';
  return `${rows}${runs}; ${server.flavour} ${server.version}, ${machine.cpus} CPUs for ${where}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
