import { speedFigure } from '../../bench/figures.js';
import type { Figure } from '../../bench/result.js';
import type { RowsBody, VariantDescription, VariantResult } from '../../bench/rows/rows-result.js';
import { addDays } from '../../slots/plan/index.js';
import { chooseStrategy } from '../../slots/generate/index.js';
import { compilePlan, readRules } from '../../slots/index.js';
import type { InsertStrategyName, SlotRange } from '../../slots/index.js';
import type { BenchOutcome } from '../record/bench-outcome.js';
import { checkCount } from '../record/experiment.js';
import { connectionText, withInsertExperiment } from './insert-experiment.js';
import type { InsertExperiment, InsertExperimentOptions } from './insert-experiment.js';
import { monthRows } from './insert-figures.js';
import { benchRange, restaurantsFor, slotsPerDay } from './measure-insert.js';
import { type ExperimentDescription, ResultRecord } from '../record/result-record.js';
import { RowsMeasurements } from '../record/rows-measurements.js';
import { runInsertProcess } from './run-insert-process.js';
import { resetScratchSchema } from '../server/scratch-schema.js';

/** How many months to put into one table. */
export interface BenchMonthsOptions extends InsertExperimentOptions {
  /** Months of 30 days, 2 or more, one after another. */
  months: number;
  /** Slots of each month, 1 or more, rounded up to whole restaurants of 480. Default 4,987,200. */
  rows?: number | undefined;
  /** Default: the number that `auto` means. */
  strategy?: InsertStrategyName | undefined;
}

interface MonthSeries {
  options: BenchMonthsOptions;
  strategy: InsertStrategyName;
  rows: number;
  months: readonly Month[];
}

type Month = VariantDescription & { range: SlotRange };

const warmupRowsAtMost = 480_000;

/** The goal: the least speed of the last month, as a share of the first. */
const lastAgainstFirst = 0.85;

/**
 * Fills one table month after month with one strategy and compares the last with the first; each month is verified.
 * Files are written after every month. `repeat` (default 1) begins again with new tables.
 *
 * @throws As `benchInsert`.
 */
export async function benchMonths(options: BenchMonthsOptions): Promise<BenchOutcome<RowsBody>> {
  const { months, rows = monthRows } = options;
  checkCount('months', months);
  checkCount('rows', rows);
  return withInsertExperiment({ ...options, repeat: options.repeat ?? 1 }, async (experiment) => {
    const series = await prepareSeries(experiment, options, rows);
    const measurements = measurementsOf(series);
    const record = await ResultRecord.begin(experiment, describeSeries(experiment, series), measurements);
    await measureWarmup(experiment, series, { measurements, record });
    for (let round = 1; round <= experiment.repeat; round += 1)
      await measureSeries(experiment, series, { measurements, record, round });
    return { folder: record.folder, result: await record.write(experiment.repeat) };
  });
}

async function prepareSeries(
  experiment: InsertExperiment,
  options: BenchMonthsOptions,
  rows: number,
): Promise<MonthSeries> {
  const { database } = experiment;
  await resetScratchSchema(database, restaurantsFor(rows));
  const plan = await compilePlan(readRules(database), benchRange);
  const { strategy } = chooseStrategy(options.strategy ?? 'auto', plan, database.server);
  return { options, strategy, rows: plan.rows, months: listMonths(options.months, plan.rows) };
}

/** Consecutive ranges of equal length, so that every month has the same rows. */
function listMonths(months: number, rows: number): Month[] {
  return Array.from({ length: months }, (_, index) => {
    const range = { from: addDays(benchRange.from, index * benchRange.days), days: benchRange.days };
    const label = `month ${index + 1}, from ${range.from}`;
    return { name: `month-${index + 1}`, label, group: 'tablepick', rows, sampled: false, range };
  });
}

interface MonthRecord {
  measurements: RowsMeasurements;
  record: ResultRecord<RowsBody>;
}

async function measureWarmup(experiment: InsertExperiment, series: MonthSeries, target: MonthRecord): Promise<void> {
  const first = series.months.slice(0, 1);
  const rows = Math.min(series.rows, warmupRowsAtMost);
  await measureSeries(experiment, { ...series, rows, months: first }, { ...target, round: 0 });
}

async function measureSeries(
  experiment: InsertExperiment,
  { strategy, rows, months }: MonthSeries,
  { measurements, record, round }: MonthRecord & { round: number },
): Promise<void> {
  const { database, connection, serverPid, workers, batchRows, repeat, signal, tell } = experiment;
  await resetScratchSchema(database, restaurantsFor(rows));
  tell({ kind: 'round-started', round, repeat, isWarmup: round === 0, order: months.map((month) => month.name) });
  for (const [index, { name, label, range }] of months.entries()) {
    tell({ kind: 'run-started', variant: name, label, round, rows });
    const startedAt = new Date();
    const job = { connection, range, workers, batchRows, serverPid, way: { kind: 'strategy' as const, strategy } };
    const onRows = (rowsDone: number): void => tell({ kind: 'run-progress', variant: name, rowsDone, rows });
    const measurement = await runInsertProcess(job, { signal, onRows });
    const run = measurements.add({ name, round, position: index + 1, startedAt, measurement });
    tell({ kind: 'run-done', variant: name, label, run });
    await record.write(Math.max(0, round - 1));
    tell({ kind: 'written', folder: record.folder });
  }
}

function measurementsOf({ months, rows }: MonthSeries): RowsMeasurements {
  const figures = (measured: readonly VariantResult[]): Figure[] => monthFigures(measured, rows);
  return new RowsMeasurements({ variants: months, rows, chartOrder: 'as-listed', figures });
}

function describeSeries(experiment: InsertExperiment, series: MonthSeries): ExperimentDescription {
  const { repeat, workers, batchRows } = experiment;
  const { options, strategy, rows, months } = series;
  return {
    question: options.question ?? 'months-in-a-row',
    title: `${months.length} months into one table by ${strategy}`,
    command: `tablepick bench insert --months ${months.length} --rows ${rows} --repeat ${repeat} --strategies ${strategy}${connectionText(experiment)}`,
    parameters: {
      months: months.length,
      rows,
      repeat,
      workers,
      batchRows,
      strategy,
      restaurants: restaurantsFor(rows),
      slotsPerDay,
      from: benchRange.from,
      daysPerMonth: benchRange.days,
    },
    notes: [
      'The months go into one table, one after another, each in a process of its own and each verified by itself; a month is 30 days, so that all have the same rows.',
      'The warm-up, at most 480,000 rows of the first month on tables of its own, is shown and in no figure.',
    ],
  };
}

function monthFigures(variants: readonly VariantResult[], rows: number): Figure[] {
  const [first, last] = [variants.at(0), variants.at(-1)];
  if (first === undefined || last === undefined) return [];
  const goal = rows >= monthRows && variants.length >= 12 ? { atLeast: lastAgainstFirst } : null;
  const figure = speedFigure({ name: 'last-vs-first', title: 'last month against the first', goal }, last, first);
  return figure === null ? [] : [figure];
}
