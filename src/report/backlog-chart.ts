import type { BacklogSample } from '../bench/load/load-result.js';
import type { BenchResult } from '../bench/result.js';
import { chartWidth, escapeXml, renderFrame, round } from './chart-frame.js';
import { formatCount } from './format-numbers.js';
import { colourCount, lineStyles } from './line-chart.js';

/** The backlog of a variant's last run. */
export interface BacklogLine {
  label: string;
  samples: readonly BacklogSample[];
}

const left = 80;
const right = 290;
const top = 56;
const plotWidth = chartWidth - left - right;
const plotHeight = 300;
const legendHeight = 18;

/** The backlogs of a result: of every variant that has one, in the last run that was measured. */
export function backlogLines(result: BenchResult): BacklogLine[] {
  if (result.kind === 'rows') return [];
  return result.variants.flatMap(({ label, runs, warmup }) => {
    const samples = (runs.at(-1) ?? warmup)?.backlog;
    return samples === undefined || samples.length === 0 ? [] : [{ label, samples }];
  });
}

/** What waited, over time, as an SVG; undefined when no backlog was measured. Both axes are linear. */
export function renderBacklog(result: BenchResult): string | undefined {
  const lines = backlogLines(result);
  if (lines.length === 0) return undefined;
  const samples = lines.flatMap((line) => line.samples);
  const scale: Scale = {
    seconds: niceTop(Math.max(...samples.map(({ atSeconds }) => atSeconds))),
    waiting: niceTop(Math.max(...samples.map(({ waiting }) => waiting))),
  };
  return renderFrame(result, {
    title: `${result.title}: backlog over time, last round`,
    height: top + plotHeight + 86,
    styles: lineStyles,
    elements: [...renderAxes(scale), ...lines.map((line, index) => renderLine(line, index, scale))],
  });
}

/** The ends of the axes. */
interface Scale {
  seconds: number;
  waiting: number;
}

/** The least of 1, 2, 5, 10, 20, … that is not below the value. */
function niceTop(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((step) => step * power >= value) ?? 10) * power;
}

function renderAxes({ seconds, waiting }: Scale): string[] {
  const bottom = top + plotHeight;
  const shares = [0, 0.25, 0.5, 0.75, 1];
  return [
    ...shares.map((share) => {
      const y = round(bottom - plotHeight * share);
      return `<line class="grid" x1="${left}" y1="${y}" x2="${left + plotWidth}" y2="${y}"/><text class="quiet" x="${left - 8}" y="${y + 4}" text-anchor="end">${formatCount(waiting * share)}</text>`;
    }),
    ...shares.map((share) => {
      const x = round(left + plotWidth * share);
      return `<text class="quiet" x="${x}" y="${bottom + 18}" text-anchor="middle">${Number((seconds * share).toPrecision(3))} s</text>`;
    }),
  ];
}

function renderLine({ label, samples }: BacklogLine, index: number, scale: Scale): string {
  const points = samples.map(({ atSeconds, waiting }) => {
    const x = round(left + (plotWidth * atSeconds) / scale.seconds);
    const y = round(top + plotHeight * (1 - Math.max(0, waiting) / scale.waiting));
    return `${x} ${y}`;
  });
  const colour = `c${index % colourCount}`;
  const y = top + 8 + index * legendHeight;
  const x = left + plotWidth + 16;
  return [
    `<path class="line ${colour}" d="M${points.join('L')}"/>`,
    `<path class="line ${colour}" d="M${x} ${y}h18"/>`,
    `<text x="${x + 24}" y="${y + 4}">${escapeXml(label)}</text>`,
  ].join('\n');
}
