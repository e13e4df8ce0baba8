import type { SlotRange } from '../../slots/index.js';
import type { InsertExperiment } from './insert-experiment.js';
import type { InsertOutcome } from './insert-job.js';
import { peerBatchRows } from './insert-variants.js';
import type { InsertVariant } from './insert-variants.js';
import type { PeerLanguage, PeerProgram } from './peers/peer-programs.js';
import { runInsertProcess } from './run-insert-process.js';
import { runPeer } from './peers/run-peer.js';
import { resetScratchSchema } from '../server/scratch-schema.js';
import { settleServer } from '../server/settle-server.js';

/** Slots of a demo restaurant a day. */
export const slotsPerDay = 16;

/** The dates of the measured month. */
export const benchRange: SlotRange = { from: '2026-12-01', days: 30 };

/** Number of restaurants that have at least `rows` slots in {@link benchRange}. */
export function restaurantsFor(rows: number): number {
  return Math.ceil(rows / (slotsPerDay * benchRange.days));
}

/** One run of one variant. */
export interface VariantRun {
  variant: InsertVariant;
  round: number;
  rows: number;
  programs: ReadonlyMap<PeerLanguage, PeerProgram>;
}

/** Measures one run on new tables that contain only restaurants. The load is verified before its numbers count. */
export async function measureVariant(experiment: InsertExperiment, run: VariantRun): Promise<InsertOutcome> {
  const { variant, round, rows, programs } = run;
  const { database, connection, serverPid, workers, batchRows, signal, tell } = experiment;
  tell({ kind: 'run-started', variant: variant.name, label: variant.label, round, rows });
  await resetScratchSchema(database, restaurantsFor(rows));
  await settleServer(database, signal);
  const job = { connection, range: benchRange, serverPid };
  if ('own' in variant) {
    const onRows = (rowsDone: number): void => tell({ kind: 'run-progress', variant: variant.name, rowsDone, rows });
    return runInsertProcess({ ...job, way: variant.own, workers, batchRows }, { signal, onRows });
  }
  const { language, way, threads } = variant.peer;
  const program = programs.get(language);
  if (program === undefined) throw new Error(`the ${language} peer was not built`);
  return runPeer(database, { ...job, program, way, threads, batchRows: peerBatchRows }, signal);
}
