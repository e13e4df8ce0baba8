import type { LoadBody, LoadMeasurement, LoadVariantDescription } from '../../bench/load/load-result.js';
import type { PlacedMeasurement } from '../../bench/run-rounds.js';
import type { BenchOutcome } from './bench-outcome.js';
import { recordRounds } from './experiment.js';
import type { Experiment } from './experiment.js';
import type { LoadMeasurements } from './load-measurements.js';
import type { ResultRecord } from './result-record.js';

/** What is measured under load, how, and what becomes of it. */
export interface RecordedLoads<Variant extends LoadVariantDescription> {
  record: ResultRecord<LoadBody>;
  measurements: LoadMeasurements;
  variants: readonly Variant[];
  /** Runs a variant once. */
  measure: (variant: Variant, round: number) => Promise<LoadMeasurement>;
}

/** Measures all variants in interleaved rounds. */
export async function recordLoads<Variant extends LoadVariantDescription>(
  experiment: Experiment,
  { record, measurements, variants, measure }: RecordedLoads<Variant>,
): Promise<BenchOutcome<LoadBody>> {
  const { good } = record.result;
  const labels = new Map(variants.map(({ name, label }) => [name, label]));
  const cases = variants.map((variant) => ({
    name: variant.name,
    run: (round: number): Promise<LoadMeasurement> => {
      experiment.tell({ kind: 'load-started', variant: variant.name, label: variant.label, round });
      return measure(variant, round);
    },
  }));
  const onRun = (placed: PlacedMeasurement<LoadMeasurement>): void => {
    const label = labels.get(placed.name) ?? placed.name;
    experiment.tell({ kind: 'load-done', variant: placed.name, label, good, run: measurements.add(placed) });
  };
  return recordRounds(experiment, { record, cases, onRun });
}
