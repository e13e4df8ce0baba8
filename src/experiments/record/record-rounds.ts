import type { ResultBody } from '../../bench/result.js';
import { runRounds } from '../../bench/run-rounds.js';
import type { BenchCase, PlacedMeasurement } from '../../bench/run-rounds.js';
import type { BenchOutcome } from './bench-outcome.js';
import type { Experiment } from './experiment.js';
import type { ResultRecord } from './result-record.js';

/** The cases of an experiment, and how their measurements are recorded. */
export interface RecordedRounds<Body extends ResultBody, Measurement> {
  record: ResultRecord<Body>;
  cases: readonly BenchCase<Measurement>[];
  onRun: (placed: PlacedMeasurement<Measurement>) => void;
}

/** Runs all cases in interleaved rounds and writes the files after every round. */
export async function recordRounds<Body extends ResultBody, Measurement>(
  { repeat, signal, tell }: Experiment,
  { record, cases, onRun }: RecordedRounds<Body, Measurement>,
): Promise<BenchOutcome<Body>> {
  await runRounds({
    cases,
    repeat,
    signal,
    onRun,
    onRoundStarted: (round, order) => tell({ kind: 'round-started', round, repeat, isWarmup: round === 0, order }),
    onRoundDone: async (round) => {
      await record.write(round);
      tell({ kind: 'written', folder: record.folder });
    },
  });
  return { folder: record.folder, result: record.result };
}
