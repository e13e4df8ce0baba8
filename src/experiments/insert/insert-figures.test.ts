import { expect, test } from 'vitest';

import { emptyVariant, recordRun } from '../../bench/rows/record-run.js';
import type { VariantResult } from '../../bench/rows/rows-result.js';
import type { VariantGroup } from '../../bench/run-facts.js';
import { insertFigures, monthRows } from './insert-figures.js';

function variant(name: string, group: VariantGroup, rates: number[]): VariantResult {
  const description = { name, label: name, group, rows: monthRows, sampled: false };
  return rates.reduce(
    (so, rowsPerSecond, index) =>
      recordRun(
        so,
        {
          round: index + 1,
          position: 1,
          startedAt: '2026-12-01T00:00:00.000Z',
          details: {},
          rssGrowth: null,
          rows: monthRows,
          seconds: 20,
          rowsPerSecond,
          verifySeconds: 3,
          serverCpuSeconds: null,
          client: { userCpuSeconds: 1, systemCpuSeconds: 1, peakRssBytes: index * 1e6, rssSamples: [] },
        },
        monthRows,
      ),
    emptyVariant(description),
  );
}

const variants = [
  variant('server-side', 'tablepick', [190, 200, 205]),
  variant('without-checkpoints', 'tablepick', [200, 200, 200]),
  variant('by-hand-server-side', 'by-hand', [200, 100, 250]),
  variant('by-hand-load-data', 'by-hand', [1, 1, 1]),
  variant('java-jdbctemplate-batch', 'peer', [40, 40, 50]),
];

const median = (name: string, rows = monthRows): number | undefined =>
  insertFigures(variants, { defaultStrategy: 'server-side', rows }).find((each) => each.name === name)?.spread.median;

test('checkpoint cost is the share of speed they take, within rounds', () => {
  const figures = insertFigures(variants, { defaultStrategy: 'server-side', rows: monthRows });
  const cost = figures.find((each) => each.name === 'checkpoint-cost');
  expect(cost?.values.map((value) => Math.round(value * 1000) / 1000)).toEqual([0.05, 0, -0.025]);
  expect(cost?.met).toBe(true);
});

test('the default strategy is held against the same SQL by hand, not against any', () => {
  expect(median('bare-vs-by-hand')).toBe(1);
  expect(median('default-vs-java-jdbctemplate-batch')).toBe(4.75);
  expect(median('verify-share')).toBe(0.15);
});

test('memory is the largest of any strategy, peers and hands left out', () => {
  const hungry = { ...variant('hungry', 'peer', [1, 1, 1]) };
  hungry.runs.forEach((run) => (run.client = { ...run.client!, peakRssBytes: 9e9 }));
  const figures = insertFigures([...variants, hungry], { defaultStrategy: 'server-side', rows: monthRows });
  expect(figures.find((each) => each.name === 'peak-memory')?.values).toEqual([0, 1e6, 2e6]);
});

test('a run shorter than a month is held against no goal', () => {
  const goals = (rows: number) =>
    insertFigures(variants, { defaultStrategy: 'server-side', rows }).filter((each) => each.goal !== null).length;
  expect(goals(monthRows)).toBe(5);
  expect(goals(monthRows - 480)).toBe(0);
});

test('figures whose variants did not run are left out', () => {
  expect(median('default-vs-node-knex')).toBeUndefined();
  expect(insertFigures([], { defaultStrategy: 'server-side', rows: monthRows })).toEqual([]);
});
