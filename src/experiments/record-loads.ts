import type { LoadBody, LoadMeasurement } from '../bench/load-result.js';
import type { PlacedMeasurement } from '../bench/run-rounds.js';
import type { BenchOutcome } from './bench-outcome.js';
import { recordRounds } from './experiment.js';
import type { Experiment } from './experiment.js';
import type { LoadMeasurements } from './load-measurements.js';
import type { LockVariant } from './lock-variants.js';
import { measureLoad } from './measure-load.js';
import type { ResultRecord } from './result-record.js';

/** Measures all variants in interleaved rounds. */
export async function recordLoads(
  experiment: Experiment,
  {
    record,
    measurements,
    variants,
  }: { record: ResultRecord<LoadBody>; measurements: LoadMeasurements; variants: readonly LockVariant[] },
): Promise<BenchOutcome<LoadBody>> {
  const labels = new Map(variants.map(({ name, label }) => [name, label]));
  const cases = variants.map(({ name, label, scene }) => ({
    name,
    run: (round: number): Promise<LoadMeasurement> => {
      experiment.tell({ kind: 'load-started', variant: name, label, round });
      return measureLoad(experiment, scene, round);
    },
  }));
  const onRun = (placed: PlacedMeasurement<LoadMeasurement>): void => {
    const label = labels.get(placed.name) ?? placed.name;
    experiment.tell({ kind: 'load-done', variant: placed.name, label, run: measurements.add(placed) });
  };
  return recordRounds(experiment, { record, cases, onRun });
}
