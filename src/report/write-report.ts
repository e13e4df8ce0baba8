import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { BenchResult } from '../bench/result.js';
import { fileError, makeFolder } from '../file-errors.js';
import { renderBacklog } from './backlog-chart.js';
import { renderChart } from './render-chart.js';
import { renderReport } from './render-report.js';

/**
 * Creates a new folder `<reports>/<date>-<question>` for a result. When this name exists already, `-2`, `-3`, … is
 * appended.
 */
export async function createReportFolder(reports: string, question: string, startedAt: Date): Promise<string> {
  const name = join(reports, `${startedAt.toISOString().slice(0, 10)}-${question}`);
  await makeFolder(reports).catch((error: unknown) => {
    throw notCreated(reports, error);
  });
  for (let number = 1; ; number += 1) {
    const folder = number === 1 ? name : `${name}-${number}`;
    if (await isNew(folder)) return folder;
  }
}

/**
 * Writes `result.json`, and from it `report.md` and the charts: `chart.svg` and, when a backlog was measured,
 * `backlog.svg`. Each file is written whole or not at all.
 */
export async function writeReport(folder: string, result: BenchResult): Promise<void> {
  await writeWhole(join(folder, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  await writeWhole(join(folder, 'report.md'), renderReport(result));
  await writeWhole(join(folder, 'chart.svg'), renderChart(result));
  const backlog = renderBacklog(result);
  if (backlog !== undefined) await writeWhole(join(folder, 'backlog.svg'), backlog);
}

async function writeWhole(file: string, text: string): Promise<void> {
  const aside = `${file}.${process.pid}.partial`;
  try {
    await writeFile(aside, text);
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => {});
    throw fileError(error, { what: 'the report', path: file, use: 'written' });
  }
}

function notCreated(path: string, error: unknown): Error {
  return fileError(error, { what: 'the folder of reports', path, use: 'created' });
}

/** Creates the folder. The same step shows whether it exists already. */
async function isNew(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw notCreated(folder, error);
  }
}
