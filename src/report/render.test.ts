import { expect, test } from 'vitest';

import { emptyVariant, recordRun } from '../bench/rows/record-run.js';
import type { BenchResult, Figure } from '../bench/result.js';
import type { RecordedRun, VariantDescription, VariantResult } from '../bench/rows/rows-result.js';
import { renderChart } from './render-chart.js';
import { renderReport } from './render-report.js';
import { renderSummary } from './render-summary.js';

function measured(description: VariantDescription, rates: number[]): VariantResult {
  return rates.reduce(
    (variant, rate, round) => recordRun(variant, runAt(description, round, rate), 4800),
    emptyVariant(description),
  );
}

function runAt({ rows }: VariantDescription, round: number, rowsPerSecond: number): RecordedRun {
  return {
    round,
    position: 1,
    startedAt: '2026-12-01T00:00:00.000Z',
    rssGrowth: 0.012,
    rows,
    rowsPerSecond,
    seconds: rows / rowsPerSecond,
    verifySeconds: 0.1,
    serverCpuSeconds: null,
    client: { userCpuSeconds: 1, systemCpuSeconds: 0.5, peakRssBytes: 150e6, rssSamples: [] },
    details: { workers: 2 },
  };
}

const slow = measured(
  { name: 'slow', label: 'a slow one', group: 'peer', rows: 480, sampled: true },
  [1, 100, 110, 90],
);
const fast = measured(
  { name: 'fast', label: 'fast <&>', group: 'tablepick', rows: 4800, sampled: false },
  [9, 1000, 1500, 900],
);
const never = emptyVariant({ name: 'never', label: 'not yet', group: 'by-hand', rows: 4800, sampled: false });

const figure: Figure = {
  name: 'f',
  title: 'fast against slow',
  unit: 'times',
  values: [10],
  goal: { atLeast: 4.5 },
  met: true,
  spread: { count: 1, median: 10, min: 10, max: 10, q1: 10, q3: 10, mad: 0 },
};

const result: BenchResult = {
  schemaVersion: 2,
  kind: 'rows',
  question: 'which',
  title: 'Which is faster',
  command: 'tablepick bench insert',
  startedAt: '2026-12-01T00:00:00.000Z',
  finishedAt: '2026-12-01T01:00:00.000Z',
  tablepickVersion: '0.1.0',
  revision: { commit: 'abc123', dirty: true },
  machine: { os: 'Linux', cpuModel: 'A CPU', cpus: 2, memoryBytes: 8e9, node: 'v20.19.0' },
  server: { flavour: 'mysql', version: '9.7.0', local: true, settings: { sync_binlog: '1' } },
  parameters: { rows: 4800 },
  rounds: { planned: 3, done: 3 },
  notes: ['A note.'],
  chartOrder: 'fastest-first',
  variants: [slow, fast, never],
  figures: [figure],
};

test('the report tells medians, marks samples and extrapolations and lists every run', () => {
  const report = renderReport(result);
  expect(report).toContain('| a slow one | 480 (sample) | 100 | 90 – 110 | 10 | 48.0 s (extrapolated) |');
  expect(report).toContain('| fast <&> | 4,800 | 1,000 | 900 – 1,500 | 100 | 4.80 s |');
  expect(report).toContain('| not yet | 4,800 | not measured |');
  expect(report).toContain('| fast against slow | **10.0 ×** | 10.0 × – 10.0 × | at least 4.50 × | met |');
  expect(report.match(/^\| warm-up \|/gm)).toHaveLength(2);
  expect(report.match(/^\| [123] \|/gm)).toHaveLength(6);
  expect(report).toContain('| server: sync_binlog | 1 |');
  expect(report).toContain('| revision | abc123 with changes |');
});

test('a result that is not finished says so at its top', () => {
  expect(renderReport(result)).not.toContain('Unfinished');
  expect(renderReport({ ...result, finishedAt: null })).toContain('**Unfinished');
});

test('bars are as long as their medians, whiskers go from the slowest to the fastest run, unmeasured variants have none', () => {
  const chart = renderChart(result);
  const widths = [...chart.matchAll(/<rect class="(tablepick|peer)" x="330" y="[\d.]+" width="([\d.]+)"/g)];
  expect(widths.map(([, group, width]) => [group, Number(width)])).toEqual([
    ['tablepick', 230],
    ['peer', 23],
  ]);
  expect(chart).toContain('d="M537 87H675');
  expect(chart).not.toContain('not yet');
});

test('the chart is well-formed, needs no font of the reader and turns dark with its page', () => {
  const chart = renderChart(result);
  expect(chart).toContain('fast &lt;&amp;&gt;');
  expect(chart).toContain('prefers-color-scheme: dark');
  expect(chart).not.toMatch(/https?:(?!\/\/www\.w3\.org\/2000\/svg)/);
});

test('as listed means as listed, also when a later one is faster', () => {
  const chart = renderChart({ ...result, chartOrder: 'as-listed' });
  expect(chart.indexOf('a slow one')).toBeLessThan(chart.indexOf('fast &lt;'));
});

test('a chart without a single measured run is still a chart', () => {
  expect(renderChart({ ...result, variants: [never] })).toContain('</svg>');
});

test('the summary has a line a variant and a line a figure with its verdict', () => {
  const lines = renderSummary(result);
  expect(lines[0]).toBe('a slow one    100 rows/s  (90 – 110, sample of 480 rows)');
  expect(lines.at(-1)).toContain('(10.0 × – 10.0 ×) meets at least 4.50 ×');
});
