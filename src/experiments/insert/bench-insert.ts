import type { Figure } from '../../bench/result.js';
import type { RowsBody, VariantResult } from '../../bench/rows/rows-result.js';
import type { PlacedMeasurement } from '../../bench/run-rounds.js';
import { chooseStrategy } from '../../slots/generate/index.js';
import { compilePlan, readRules } from '../../slots/index.js';
import { type InsertStrategyName, insertStrategyNames } from '../../slots/generation.js';
import type { BenchOutcome } from '../record/bench-outcome.js';
import { checkCount } from '../record/experiment.js';
import { recordRounds } from '../record/record-rounds.js';
import { connectionText, withInsertExperiment } from './insert-experiment.js';
import type { InsertExperiment, InsertExperimentOptions } from './insert-experiment.js';
import { insertFigures, monthRows } from './insert-figures.js';
import type { InsertOutcome } from './insert-job.js';
import { insertNotes } from './insert-notes.js';
import { listInsertVariants } from './insert-variants.js';
import type { InsertVariant, PeerChoice } from './insert-variants.js';
import { benchRange, measureVariant, restaurantsFor, slotsPerDay } from './measure-insert.js';
import { buildPeer } from './peers/peer-programs.js';
import type { PeerLanguage, PeerProgram } from './peers/peer-programs.js';
import { type ExperimentDescription, ResultRecord } from '../record/result-record.js';
import { RowsMeasurements } from '../record/rows-measurements.js';
import { resetScratchSchema } from '../server/scratch-schema.js';

/** Which inserts to compare and on how many rows. */
export interface BenchInsertOptions extends InsertExperimentOptions {
  /** Slots of each run, 1 or more, rounded up to whole restaurants of 480. Default 4,987,200: a month. */
  rows?: number | undefined;
  /** Default: all that the server allows. The default strategy always runs too. */
  strategies?: readonly InsertStrategyName[] | undefined;
  /** Measure the Java and Node peers too, all or some by name. Default false. */
  peers?: PeerChoice | undefined;
  /**
   * Most rows of a run of a way that inserts row by row, 1 or more. Its time for all rows is extrapolated. Default
   * 48,000.
   */
  sampleRows?: number | undefined;
}

/** Longest warm-up run, as a multiple of a sample. */
const warmupSamples = 10;

/**
 * Compares ways of inserting slots. Each run has a process of its own and new tables, and its load is verified. Runs
 * are interleaved round by round. After every round, files are written below a new folder in `reports`.
 *
 * @throws `BAD_OPTION`, `NOT_A_SCRATCH_SCHEMA`, `RUN_ACTIVE`, `LOCAL_INFILE_OFF` or `PEER_UNAVAILABLE` before the first
 * run; `SLOTS_DIFFER` when a load was wrong; `ABORTED` when stopped.
 * @example
 * const connection = { url: 'mysql://root@127.0.0.1/bench' };
 * const { folder } = await benchInsert({ connection, rows: 100_000, repeat: 3 });
 */
export async function benchInsert(options: BenchInsertOptions): Promise<BenchOutcome<RowsBody>> {
  const { rows = monthRows, sampleRows = 48_000 } = options;
  checkCount('rows', rows);
  checkCount('sample-rows', sampleRows);
  return withInsertExperiment(options, async (experiment) => {
    const setup = await prepareComparison(experiment, {
      ...options,
      rows: wholeRows(rows),
      sampleRows: wholeRows(sampleRows),
    });
    const measurements = measurementsOf(setup);
    const record = await ResultRecord.begin(experiment, describeComparison(experiment, setup), measurements);
    const cases = setup.variants.map((variant) => ({
      name: variant.name,
      run: (round: number) =>
        measureVariant(experiment, { ...setup, variant, round, rows: rowsOfRun(variant, round, setup) }),
    }));
    const labels = new Map(setup.variants.map((each) => [each.name, each.label]));
    const onRun = (placed: PlacedMeasurement<InsertOutcome>): void => {
      const label = labels.get(placed.name) ?? placed.name;
      experiment.tell({ kind: 'run-done', variant: placed.name, label, run: measurements.add(placed) });
    };
    return recordRounds(experiment, { record, cases, onRun });
  });
}

interface Comparison {
  options: BenchInsertOptions;
  rows: number;
  sampleRows: number;
  defaultStrategy: InsertStrategyName;
  variants: InsertVariant[];
  programs: ReadonlyMap<PeerLanguage, PeerProgram>;
}

function wholeRows(rows: number): number {
  return restaurantsFor(rows) * slotsPerDay * benchRange.days;
}

async function prepareComparison(
  experiment: InsertExperiment,
  options: BenchInsertOptions & { rows: number; sampleRows: number },
): Promise<Comparison> {
  const { rows, sampleRows, peers = false } = options;
  const { database } = experiment;
  await resetScratchSchema(database, restaurantsFor(rows));
  const plan = await compilePlan(readRules(database), benchRange);
  const { localInfile } = database.server;
  const allowed = insertStrategyNames.filter((strategy) => strategy !== 'load-data' || localInfile);
  const strategies = options.strategies ?? allowed;
  for (const strategy of strategies) chooseStrategy(strategy, plan, database.server);
  const defaultStrategy = chooseStrategy('auto', plan, database.server).strategy;
  const variants = listInsertVariants({ strategies, defaultStrategy, localInfile, peers, rows, sampleRows });
  return { options, rows, sampleRows, defaultStrategy, variants, programs: await buildPeers(experiment, variants) };
}

async function buildPeers(
  { signal, tell }: InsertExperiment,
  variants: readonly InsertVariant[],
): Promise<Map<PeerLanguage, PeerProgram>> {
  const programs = new Map<PeerLanguage, PeerProgram>();
  const languages = new Set(variants.flatMap((each) => ('peer' in each ? [each.peer.language] : [])));
  for (const peer of languages) {
    const onBuild = (folder: string): void => tell({ kind: 'preparing-peer', peer, folder });
    programs.set(peer, await buildPeer(peer, { signal, onBuild }));
  }
  return programs;
}

function measurementsOf({ variants, rows, defaultStrategy }: Comparison): RowsMeasurements {
  const figures = (measured: readonly VariantResult[]): Figure[] => insertFigures(measured, { defaultStrategy, rows });
  return new RowsMeasurements({ variants, rows, chartOrder: 'fastest-first', figures });
}

function describeComparison(experiment: InsertExperiment, setup: Comparison): ExperimentDescription {
  const { repeat, workers, batchRows } = experiment;
  const { options, rows, sampleRows, defaultStrategy, variants } = setup;
  const strategies = (options.strategies ?? insertStrategyNames).join(',');
  const peers = variants.filter((each) => 'peer' in each).map(({ name }) => name);
  return {
    question: options.question ?? 'insert-strategies',
    title: 'Ways of inserting slots',
    command: `tablepick bench insert --rows ${rows} --repeat ${repeat} --sample-rows ${sampleRows} --strategies ${strategies}${peersText(options.peers)}${connectionText(experiment)}`,
    parameters: {
      rows,
      sampleRows,
      repeat,
      workers,
      batchRows,
      defaultStrategy,
      peers: peers.join(','),
      restaurants: restaurantsFor(rows),
      from: benchRange.from,
      days: benchRange.days,
    },
    notes: insertNotes(setup),
  };
}

function peersText(peers: PeerChoice = false): string {
  if (typeof peers === 'boolean') return peers ? ' --peers' : '';
  return ` --peers ${peers.join(',')}`;
}

function rowsOfRun(variant: InsertVariant, round: number, { sampleRows }: Comparison): number {
  return round === 0 ? Math.min(variant.rows, warmupSamples * sampleRows) : variant.rows;
}
