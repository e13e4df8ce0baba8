import type { LoadBody, LoadMeasurement, LoadVariantDescription } from '../../bench/load/load-result.js';
import type { BenchCase, PlacedMeasurement } from '../../bench/run-rounds.js';
import type { BenchOutcome } from './bench-outcome.js';
import type { Experiment } from './experiment.js';
import { LoadMeasurements, type LoadPlan } from './load-measurements.js';
import { recordRounds } from './record-rounds.js';
import { type ExperimentDescription, ResultRecord } from './result-record.js';

/** Runs a variant once. */
export type MeasureLoad<Variant> = (variant: Variant, round: number) => Promise<LoadMeasurement>;

/**
 * Begins a report of loads in a new folder. The returned function measures all variants in interleaved rounds and
 * writes the report after each round.
 */
export async function beginLoads<Variant extends LoadVariantDescription>(
  experiment: Experiment,
  description: ExperimentDescription,
  plan: LoadPlan<Variant>,
): Promise<(measure: MeasureLoad<Variant>) => Promise<BenchOutcome<LoadBody>>> {
  const measurements = new LoadMeasurements(plan);
  const record = await ResultRecord.begin(experiment, description, measurements);
  const labels = new Map(plan.variants.map(({ name, label }) => [name, label]));
  const onRun = (placed: PlacedMeasurement<LoadMeasurement>): void => {
    const label = labels.get(placed.name) ?? placed.name;
    const run = measurements.add(placed);
    experiment.tell({ kind: 'load-done', variant: placed.name, label, good: plan.good, run });
  };
  return (measure) => recordRounds(experiment, { record, cases: casesOf(experiment, plan.variants, measure), onRun });
}

function casesOf<Variant extends LoadVariantDescription>(
  { tell }: Experiment,
  variants: readonly Variant[],
  measure: MeasureLoad<Variant>,
): BenchCase<LoadMeasurement>[] {
  return variants.map((variant) => ({
    name: variant.name,
    run: (round) => {
      tell({ kind: 'load-started', variant: variant.name, label: variant.label, round });
      return measure(variant, round);
    },
  }));
}
