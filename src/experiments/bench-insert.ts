import { chooseStrategy } from '../slots/choose-strategy.js';
import { compilePlan, readRules } from '../slots/index.js';
import type { InsertStrategyName } from '../slots/index.js';
import type { BenchOutcome } from './bench-outcome.js';
import { checkCount, connectionText, recordRounds, withExperiment } from './experiment.js';
import type { Experiment, ExperimentOptions } from './experiment.js';
import { insertFigures, monthRows } from './insert-figures.js';
import { insertNotes } from './insert-notes.js';
import { listInsertVariants } from './insert-variants.js';
import type { InsertVariant, PeerChoice } from './insert-variants.js';
import { benchRange, measureVariant, restaurantsFor, slotsPerDay } from './measure-variant.js';
import { buildPeer } from './peer-programs.js';
import type { PeerLanguage, PeerProgram } from './peer-programs.js';
import { ResultRecord } from './result-record.js';
import { resetScratchSchema } from './scratch-schema.js';
import { describeServer } from './server-facts.js';

/** Which inserts to compare and on how many rows. */
export interface BenchInsertOptions extends ExperimentOptions {
  /** Slots of each run, 1 or more, rounded up to whole restaurants of 480. Default 4,987,200: a month. */
  rows?: number | undefined;
  /** Default: all that the server allows. The default strategy always runs too. */
  strategies?: readonly InsertStrategyName[] | undefined;
  /** Measure the Java and Node peers too, all or some by name. Default false. */
  peers?: PeerChoice | undefined;
  /** Most rows of a run of the ways that insert one by one, 1 or more; their time for all rows is extrapolated. Default 48,000. */
  sampleRows?: number | undefined;
}

const allStrategies: readonly InsertStrategyName[] = ['identity', 'prepared', 'batch', 'load-data', 'server-side'];

/** Longest warm-up run, as a multiple of a sample. */
const warmupSamples = 10;

/**
 * Compares ways of inserting slots, each run in a process of its own, on fresh tables, verified, interleaved round by round.
 * Files are written after every round, below a new folder in `reports`.
 *
 * @throws `BAD_OPTION`, `NOT_A_SCRATCH_SCHEMA`, `RUN_ACTIVE`, `LOCAL_INFILE_OFF` or `PEER_UNAVAILABLE` before the first run;
 * `SLOTS_DIFFER` when a load was wrong; `ABORTED` when stopped.
 */
export async function benchInsert(options: BenchInsertOptions): Promise<BenchOutcome> {
  const { rows = monthRows, sampleRows = 48_000 } = options;
  checkCount('rows', rows);
  checkCount('sample-rows', sampleRows);
  return withExperiment(options, async (experiment) => {
    const setup = await prepareComparison(experiment, {
      ...options,
      rows: wholeRows(rows),
      sampleRows: wholeRows(sampleRows),
    });
    const record = await beginRecord(experiment, setup);
    const cases = setup.variants.map((variant) => ({
      name: variant.name,
      label: variant.label,
      run: (round: number) =>
        measureVariant(experiment, { ...setup, variant, round, rows: rowsOfRun(variant, round, setup) }),
    }));
    return recordRounds(experiment, record, cases);
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
  experiment: Experiment,
  options: BenchInsertOptions & { rows: number; sampleRows: number },
): Promise<Comparison> {
  const { rows, sampleRows, peers = false } = options;
  const { database } = experiment;
  await resetScratchSchema(database, restaurantsFor(rows));
  const plan = await compilePlan(readRules(database), benchRange);
  const { localInfile } = database.server;
  const allowed = allStrategies.filter((strategy) => strategy !== 'load-data' || localInfile);
  const strategies = options.strategies ?? allowed;
  for (const strategy of strategies) chooseStrategy(strategy, plan, database.server);
  const defaultStrategy = chooseStrategy('auto', plan, database.server).strategy;
  const variants = listInsertVariants({ strategies, defaultStrategy, localInfile, peers, rows, sampleRows });
  return { options, rows, sampleRows, defaultStrategy, variants, programs: await buildPeers(experiment, variants) };
}

async function buildPeers(
  { signal, tell }: Experiment,
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

async function beginRecord(experiment: Experiment, setup: Comparison): Promise<ResultRecord> {
  const { database, serverPid, repeat, workers, batchRows } = experiment;
  const { options, rows, sampleRows, defaultStrategy, variants } = setup;
  const strategies = (options.strategies ?? allStrategies).join(',');
  const peers = peersText(options.peers);
  return ResultRecord.begin({
    question: options.question ?? 'insert-strategies',
    title: 'Ways of inserting slots',
    command: `tablepick bench insert --rows ${rows} --repeat ${repeat} --sample-rows ${sampleRows} --strategies ${strategies}${peers}${connectionText(experiment)}`,
    server: await describeServer(database, serverPid),
    parameters: {
      ...{
        rows,
        sampleRows,
        repeat,
        workers,
        batchRows,
        defaultStrategy,
        peers: variants
          .filter((each) => 'peer' in each)
          .map(({ name }) => name)
          .join(','),
      },
      ...{ restaurants: restaurantsFor(rows), from: benchRange.from, days: benchRange.days },
    },
    notes: insertNotes(setup),
    chartOrder: 'fastest-first',
    ...{ variants, repeat, rows, reports: options.reports ?? 'reports' },
    figures: (measured) => insertFigures(measured, { defaultStrategy, rows }),
  });
}

function peersText(peers: PeerChoice = false): string {
  if (typeof peers === 'boolean') return peers ? ' --peers' : '';
  return ` --peers ${peers.join(',')}`;
}

function rowsOfRun(variant: InsertVariant, round: number, { sampleRows }: Comparison): number {
  return round === 0 ? Math.min(variant.rows, warmupSamples * sampleRows) : variant.rows;
}
