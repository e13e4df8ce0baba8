import { existsSync, readFileSync, readdirSync } from 'node:fs';

import { expect, test } from 'vitest';

import { readResult } from './read-result.js';
import { renderChart } from './render-chart.js';
import { renderReport } from './render-report.js';

const recorded = readdirSync('reports').filter((name) => existsSync(`reports/${name}/result.json`));

test.each(recorded)('%s is what its result.json makes, also one of an older version', (name) => {
  const read = (file: string): string => readFileSync(`reports/${name}/${file}`, 'utf8');
  const result = readResult(read('result.json'));
  expect(renderReport(result)).toBe(read('report.md'));
  expect(renderChart(result)).toBe(read('chart.svg'));
});

test('there are recorded reports', () => {
  expect(recorded.length).toBeGreaterThan(4);
});

test('a result of a later version, or what is no result, is refused', () => {
  for (const text of ['{"schemaVersion": 3}', '{}', 'no JSON'])
    expect(() => readResult(text)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});
