import type { BenchResult } from '../bench/result.js';
import type { VariantGroup } from '../bench/run-facts.js';
import type { Spread } from '../bench/statistics.js';
import { chartWidth, escapeXml, renderFrame, round } from './chart-frame.js';
import { formatCount } from './format-numbers.js';

/** One bar. */
export interface Bar {
  label: string;
  group: VariantGroup;
  rate: Spread;
  /** A word behind the value, or empty. */
  remark: string;
  /** Drawn faintly, because the number is not reliable. */
  faint?: true;
}

const labelWidth = 330;
const valueWidth = 130;
const top = 72;
const rowHeight = 30;
const barHeight = 16;
const plotWidth = chartWidth - labelWidth - valueWidth;

const groupNames: Readonly<Record<VariantGroup, string>> = {
  tablepick: 'tablepick',
  'by-hand': 'the same SQL by hand',
  peer: 'other tools',
};

// Colour-blind readers can distinguish blue, grey and orange. The dark values are chosen, not inverted.
const styles = {
  light: `.spread { stroke: #1f2328; stroke-width: 1.5; fill: none }
  .tablepick { fill: #2a6fdb } .by-hand { fill: #8c959f } .peer { fill: #d9822b }`,
  dark: `.spread { stroke: #e6edf3 }
    .tablepick { fill: #5b9bf5 } .by-hand { fill: #7d8590 } .peer { fill: #e09b4e }`,
};

/** Horizontal bars from zero: medians, with a whisker from the least to the largest. */
export function renderBars(result: BenchResult, title: string, bars: readonly Bar[]): string {
  const axisEnd = niceCeiling(Math.max(1, ...bars.map((bar) => bar.rate.max)));
  return renderFrame(result, {
    title,
    height: top + bars.length * rowHeight + 52,
    styles,
    elements: [
      renderLegend(bars),
      ...renderGrid(axisEnd, bars.length),
      ...bars.map((bar, index) => renderBar(bar, index, axisEnd)),
    ],
  });
}

/** The next of 1, 2, 2.5, 5 × a power of ten. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 2.5, 5].find((factor) => factor * power >= value) ?? 10);
}

function renderLegend(bars: readonly Bar[]): string {
  const shown = new Set(bars.map((bar) => bar.group));
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

function renderBar({ label, group, rate, remark, faint }: Bar, index: number, axisEnd: number): string {
  const y = top + index * rowHeight + (rowHeight - barHeight) / 2;
  const middle = y + barHeight / 2;
  const xOf = (value: number): number => round(labelWidth + (value / axisEnd) * plotWidth);
  const [low, high, end] = [xOf(rate.min), xOf(rate.max), xOf(rate.median)];
  const whisker = `M${low} ${middle}H${high}M${low} ${middle - 4}V${middle + 4}M${high} ${middle - 4}V${middle + 4}`;
  const spread = rate.max > rate.min ? [`<path class="spread" d="${whisker}"/>`] : [];
  return [
    `<text x="${labelWidth - 10}" y="${middle + 4}" text-anchor="end">${escapeXml(label)}</text>`,
    `<rect class="${group}" x="${labelWidth}" y="${y}" width="${round(end - labelWidth)}" height="${barHeight}" rx="2"${faint ? ' fill-opacity="0.35"' : ''}/>`,
    ...spread,
    `<text x="${high + 8}" y="${middle + 4}">${formatCount(rate.median)}${remark === '' ? '' : ` ${escapeXml(remark)}`}</text>`,
  ].join('\n');
}
