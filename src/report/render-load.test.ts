import { expect, test } from 'vitest';

import { LatencyHistogram } from '../bench/load/latency-histogram.js';
import type { LoadMeasurement, LoadVariant, LoadVariantDescription, Verdict } from '../bench/load/load-result.js';
import { emptyLoadVariant, recordLoad, toLoadRun } from '../bench/load/record-load.js';
import type { BenchResult } from '../bench/result.js';
import { renderChart } from './render-chart.js';
import { renderReport } from './render-report.js';
import { renderSummary } from './render-summary.js';

const right: Verdict = { right: true, text: 'right' };
const wrong: Verdict = { right: false, text: 'overbooked by 3 on 1 slot' };

function measurement(seconds: number, verdict: Verdict): LoadMeasurement {
  const histogram = new LatencyHistogram();
  histogram.record(seconds * 1e6);
  return {
    answers: { 'sold-out': 1, reserved: 100, 'error POOL_TIMEOUT': 2 },
    unsent: 7,
    seconds,
    verdict,
    times: { serviceTime: histogram.toRecord() },
    transactions: { begun: 206, rolledBack: 103, deadlocked: 0 },
    server: {
      deadlocks: 12,
      lockWaits: 34,
      lockWaitSeconds: 5,
      commits: 103,
      rollbacks: 103,
      commitSeconds: null,
    },
    client: { userCpuSeconds: 1, systemCpuSeconds: 0.5, peakRssBytes: 150e6, rssSamples: [] },
    serverCpuSeconds: null,
  };
}

function variant(described: Partial<LoadVariantDescription>, seconds: number[], verdict = right): LoadVariant {
  const description = {
    name: 'a',
    label: 'a',
    group: 'tablepick' as const,
    claims: true,
    series: 'a',
    point: null,
  };
  return seconds.reduce(
    (each, time, round) =>
      recordLoad(
        each,
        toLoadRun(
          { round, position: 1, startedAt: '2026-12-01T00:00:00.000Z' },
          measurement(time, verdict),
          'reserved',
        ),
      ),
    emptyLoadVariant({ ...description, ...described }),
  );
}

function resultOf(variants: LoadVariant[], sweep: string | null = null): BenchResult {
  return {
    schemaVersion: 2,
    kind: 'load',
    question: 'locks',
    title: 'Locks',
    command: 'tablepick bench locks',
    startedAt: '2026-12-01T00:00:00.000Z',
    finishedAt: '2026-12-01T01:00:00.000Z',
    tablepickVersion: '0.1.0',
    revision: null,
    machine: { os: 'Linux', cpuModel: 'A CPU', cpus: 2, memoryBytes: 8e9, node: 'v20.19.0' },
    server: { flavour: 'mysql', version: '9.7.0', local: true, settings: {} },
    parameters: { clients: 150 },
    rounds: { planned: 2, done: 2 },
    notes: ['A note.'],
    figures: [],
    good: 'reserved',
    times: [{ name: 'serviceTime', label: 'service time' }],
    sweep,
    chart: 'good-per-second',
    variants,
  };
}

const good = variant({ name: 'good', label: 'good' }, [9, 0.1, 0.2]);
const honest = variant({ name: 'honest', label: 'honest', claims: false }, [9, 0.5, 0.5], wrong);
const broken = variant({ name: 'broken', label: 'broken' }, [9, 1, 1], wrong);

test('the main table has the verdict beside every number, and who broke a claim stands out', () => {
  const report = renderReport(resultOf([good, honest, broken, variant({ label: 'never' }, [])]));
  expect(report).toContain('| good | right | 750 | 500 – 1,000 | 773 | 150 ms | 100 ms | 200 ms |');
  expect(report).toContain('| honest | wrong: overbooked by 3 on 1 slot (claims nothing) | 200 |');
  expect(report).toContain('| broken | **BROKEN: overbooked by 3 on 1 slot** | 100 |');
  expect(report).toContain('| never | not measured | – |');
});

test('every run tells its answers, the most frequent first, and what was never sent', () => {
  const report = renderReport(resultOf([good]));
  expect(report.match(/^\| warm-up \|/gm)).toHaveLength(1);
  expect(
    report.match(/^\| [12] \| good \| right \| 100 reserved, 2 error POOL_TIMEOUT, 1 sold-out, 7 unsent \|/gm),
  ).toHaveLength(2);
});

test('what the server does not tell is a dash, never a zero', () => {
  expect(renderReport(resultOf([good]))).toContain(
    '| good | 2.00 | 103 | 12 | 34 | 5.00 s | 103 | – | 1.50 s | – | 150 MB |',
  );
});

test('a wrong number is drawn faintly and says so', () => {
  const chart = renderChart(resultOf([good, honest]));
  expect(chart).toContain('200 wrong</text>');
  expect(chart.match(/fill-opacity/g)).toHaveLength(1);
});

test('where the wait is the question the bars are waits, as listed', () => {
  const waits: BenchResult = { ...resultOf([broken, good]), chart: 'mean-time' } as BenchResult;
  const chart = renderChart(waits);
  expect(chart).toContain('Locks: service time, mean in ms');
  expect(chart.indexOf('>1,000 wrong</text>')).toBeLessThan(chart.indexOf('>150</text>'));
  expect(chart).toContain('>150</text>');
});

test('a sweep is a line a series over its values, whatever the order they were measured in', () => {
  const points = [1, 100, 10].map((point) =>
    variant({ name: `a@${point}`, label: `a, ${point}`, series: 'a', point }, [9, 1 / point, 1 / point]),
  );
  const wrongOnes = [1, 10, 100].map((point) =>
    variant({ name: `b@${point}`, label: `b, ${point}`, series: 'b', point }, [9, 1, 1], wrong),
  );
  const chart = renderChart(resultOf([...points, ...wrongOnes], 'clients'));
  const [a, b] = [...chart.matchAll(/<path class="line[^"]*"([^>]*) d="([^"]*)"/g)];
  expect(a?.[1]).toBe('');
  const xs = [...(a?.[2] ?? '').matchAll(/[ML]([\d.]+) /g)].map(([, x]) => Number(x));
  expect(xs).toEqual(xs.toSorted((left, right) => left - right));
  expect(b?.[1]).toContain('stroke-dasharray');
  expect(chart).toContain('>b (wrong)  100</text>');
  expect(chart).toContain('>clients</text>');
});

test('a chart without a single measured run is still a chart', () => {
  for (const sweep of [null, 'clients']) expect(renderChart(resultOf([variant({}, [])], sweep))).toContain('</svg>');
});

test('the summary has rate, tail and verdict of every variant', () => {
  expect(renderSummary(resultOf([good, broken]))).toEqual([
    'good    750 reserved/s  p99 200 ms, right',
    'broken  100 reserved/s  p99 1,000 ms, BROKEN: overbooked by 3 on 1 slot',
    '',
  ]);
});
