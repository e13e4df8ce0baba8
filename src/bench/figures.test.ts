import { expect, test } from 'vitest';

import { figureOf, runFigure, speedFigure } from './figures.js';
import type { RecordedRun, VariantResult } from './rows/rows-result.js';

function variant(name: string, rates: Record<number, number>): VariantResult {
  const runs = Object.entries(rates).map(([round, rowsPerSecond]): RecordedRun => ({
    round: Number(round),
    position: 1,
    startedAt: '2026-12-01T00:00:00.000Z',
    rows: 100,
    seconds: 100 / rowsPerSecond,
    rowsPerSecond,
    verifySeconds: round === '2' ? null : 0.5,
    client: null,
    rssGrowth: null,
    serverCpuSeconds: null,
    details: {},
  }));
  const shared = { label: name, group: 'tablepick' as const, rows: 100, sampled: false };
  return { name, ...shared, warmup: null, runs, rowsPerSecond: null, allRowsSeconds: null };
}

const description = { name: 'f', title: 'f', goal: null };

test('a ratio is taken within rounds, never between medians of different rounds', () => {
  const figure = speedFigure(description, variant('a', { 1: 100, 2: 400 }), variant('b', { 1: 50, 2: 100 }));
  expect(figure?.values).toEqual([2, 4]);
  expect(figure?.spread).toMatchObject({ median: 3, min: 2, max: 4 });
});

test('a round only one side finished is left out', () => {
  const figure = speedFigure(description, variant('a', { 1: 100, 2: 400 }), variant('b', { 1: 50 }));
  expect(figure?.values).toEqual([2]);
  expect(speedFigure(description, variant('a', { 1: 1 }), variant('b', {}))).toBeNull();
});

test('a goal is met by the median, on its edge too', () => {
  expect(figureOf({ ...description, unit: 'times', goal: { atLeast: 2 } }, [1, 2, 9])?.met).toBe(true);
  expect(figureOf({ ...description, unit: 'share', goal: { atMost: 0.05 } }, [0.06])?.met).toBe(false);
  expect(figureOf({ ...description, unit: 'share', goal: null }, [0.06])?.met).toBeNull();
});

test('a run without the number does not count as zero', () => {
  const figure = runFigure({ ...description, unit: 'share' }, variant('a', { 1: 1, 2: 1 }), (run) => run.verifySeconds);
  expect(figure?.values).toEqual([0.5]);
});
