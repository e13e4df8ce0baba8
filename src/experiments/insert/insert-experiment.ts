import { checkCount, withExperiment } from '../record/experiment.js';
import type { Experiment, ExperimentOptions } from '../record/experiment.js';

/** Options of every experiment that inserts. */
export interface InsertExperimentOptions extends ExperimentOptions {
  /** Connections that insert at once. Default `auto`. */
  workers?: number | 'auto' | undefined;
  /** Rows of one multi-row INSERT. Default 3000. */
  batchRows?: number | undefined;
}

/** A running experiment that inserts. */
export interface InsertExperiment extends Experiment {
  workers: number | 'auto';
  batchRows: number;
}

const defaultBatchRows = 3_000;
/** Connections that a measuring process may open in addition to those that insert. */
const spareConnections = 40;

/**
 * Opens the scratch schema, runs `work` on it and closes it again.
 *
 * @throws `BAD_OPTION`, `NOT_A_SCRATCH_SCHEMA` or `RUN_ACTIVE` before anything is changed.
 */
export async function withInsertExperiment<T>(
  options: InsertExperimentOptions,
  work: (experiment: InsertExperiment) => Promise<T>,
): Promise<T> {
  const { workers = 'auto', batchRows = defaultBatchRows } = options;
  checkCount('batch-rows', batchRows);
  if (workers !== 'auto') checkCount('workers', workers);
  const poolSize = spareConnections + (workers === 'auto' ? 0 : workers);
  const connection = { ...options.connection, poolSize };
  return withExperiment({ ...options, connection }, (experiment) => work({ ...experiment, workers, batchRows }));
}

/** The options of an {@link InsertExperiment} that differ from their defaults, as they are typed. */
export function connectionText({ workers, batchRows }: Pick<InsertExperiment, 'workers' | 'batchRows'>): string {
  const ofBatch = batchRows === defaultBatchRows ? '' : ` --batch-rows ${batchRows}`;
  return workers === 'auto' ? ofBatch : ` --workers ${workers}${ofBatch}`;
}
