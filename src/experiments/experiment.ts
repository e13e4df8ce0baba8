import type { RecordedRun } from '../bench/result.js';
import { runRounds } from '../bench/run-rounds.js';
import type { BenchCase } from '../bench/run-rounds.js';
import { connect } from '../database/index.js';
import type { ConnectOptions, Database } from '../database/index.js';
import { TablepickError } from '../errors.js';
import type { BenchEvent } from './bench-event.js';
import type { BenchOutcome } from './bench-outcome.js';
import type { InsertOutcome } from './insert-job.js';
import type { ResultRecord } from './result-record.js';
import { withScratchSchema } from './scratch-schema.js';
import { findServerPid } from './server-facts.js';

/** What every experiment is told. */
export interface ExperimentOptions {
  /** A scratch schema; each measuring process connects by itself, therefore not a handle. */
  connection: ConnectOptions;
  /** Measured rounds, 1 or more, after a warm-up. */
  repeat?: number | undefined;
  /** Connections that insert at once. Default `auto`. */
  workers?: number | 'auto' | undefined;
  /** Rows of one multi-row INSERT. Default 3000. */
  batchRows?: number | undefined;
  /** Names the report: lower-case letters, digits and dashes. */
  question?: string | undefined;
  /** Folder that holds all reports. Default `reports`. */
  reports?: string | undefined;
  /** Stops the run under way; complete rounds stay on disk. */
  signal?: AbortSignal | undefined;
  onEvent?: ((event: BenchEvent) => void) | undefined;
}

/** An experiment under way on its scratch schema. */
export interface Experiment {
  database: Database;
  connection: ConnectOptions;
  /** Null when the server is not on this machine or cannot be told from outside. */
  serverPid: number | null;
  repeat: number;
  workers: number | 'auto';
  batchRows: number;
  signal: AbortSignal | undefined;
  tell: (event: BenchEvent) => void;
}

const defaultBatchRows = 3_000;
/** Connections a measuring process may open beside those that insert. */
const spareConnections = 40;

/**
 * Opens the scratch schema, runs `work` on it and closes it again.
 *
 * @throws `BAD_OPTION`, `NOT_A_SCRATCH_SCHEMA` or `RUN_ACTIVE` before anything is changed.
 */
export async function withExperiment<T>(
  options: ExperimentOptions,
  work: (experiment: Experiment) => Promise<T>,
): Promise<T> {
  const { repeat = 3, workers = 'auto', batchRows = defaultBatchRows } = options;
  checkCount('repeat', repeat);
  checkCount('batch-rows', batchRows);
  if (workers !== 'auto') checkCount('workers', workers);
  checkQuestion(options.question);
  const poolSize = spareConnections + (workers === 'auto' ? 0 : workers);
  const connection = { ...options.connection, poolSize };
  const database = await connect(connection);
  try {
    return await withScratchSchema(database, async () => {
      const serverPid = await findServerPid(database, connection.url);
      const tell = options.onEvent ?? (() => undefined);
      return work({ database, connection, serverPid, repeat, workers, batchRows, signal: options.signal, tell });
    });
  } finally {
    await database.close();
  }
}

/** The options of {@link Experiment} that differ from their defaults, as they are typed. */
export function connectionText({ workers, batchRows }: Pick<Experiment, 'workers' | 'batchRows'>): string {
  const ofBatch = batchRows === defaultBatchRows ? '' : ` --batch-rows ${batchRows}`;
  return workers === 'auto' ? ofBatch : ` --workers ${workers}${ofBatch}`;
}

/** @throws `BAD_OPTION` unless `value` is a whole number of 1 or more. */
export function checkCount(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new TablepickError('BAD_OPTION', `${name} is ${value}`, { hint: `give ${name} a whole number of 1 or more` });
}

/** Runs all cases in interleaved rounds, records every run and writes the files after every round. */
export async function recordRounds(
  experiment: Experiment,
  record: ResultRecord,
  cases: readonly (BenchCase<InsertOutcome> & { label: string })[],
): Promise<BenchOutcome> {
  const { repeat, signal, tell } = experiment;
  const labels = new Map(cases.map((each) => [each.name, each.label]));
  await runRounds({
    ...{ cases, repeat, signal },
    onRoundStarted: (round, order) => tell({ kind: 'round-started', round, repeat, isWarmup: round === 0, order }),
    onRun: (placed) => {
      const run: RecordedRun = record.add(placed);
      tell({ kind: 'run-done', variant: placed.name, label: labels.get(placed.name) ?? placed.name, run });
    },
    onRoundDone: async (round) => {
      await record.write(round);
      tell({ kind: 'written', folder: record.folder });
    },
  });
  return { folder: record.folder, result: record.result };
}

function checkQuestion(question: string | undefined): void {
  if (question === undefined || /^[a-z0-9]+(-[a-z0-9]+)*$/.test(question)) return;
  throw new TablepickError('BAD_OPTION', `the name of a report is ${JSON.stringify(question)}`, {
    hint: 'use lower-case letters, digits and dashes, e.g. --name which-insert',
  });
}
