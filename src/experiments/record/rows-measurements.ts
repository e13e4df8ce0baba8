import { emptyVariant, recordRun, rssGrowth } from '../../bench/rows/record-run.js';
import type { Figure } from '../../bench/result.js';
import type { PlacedMeasurement } from '../../bench/run-rounds.js';
import type { RecordedRun, RowsBody, VariantDescription, VariantResult } from '../../bench/rows/rows-result.js';
import type { InsertOutcome } from '../insert/insert-job.js';
import type { Measurements } from './result-record.js';

/** The facts about measured inserts that are known before the first run. */
export interface RowsPlan {
  variants: readonly VariantDescription[];
  /** Rows of every variant that is not sampled. */
  rows: number;
  chartOrder: RowsBody['chartOrder'];
  /** Makes the figures from the variants measured so far. */
  figures: (variants: readonly VariantResult[]) => Figure[];
}

/** The measured inserts. */
export class RowsMeasurements implements Measurements<RowsBody> {
  readonly #plan: RowsPlan;
  readonly #variants: Map<string, VariantResult>;

  constructor(plan: RowsPlan) {
    this.#plan = plan;
    this.#variants = new Map(plan.variants.map((each) => [each.name, emptyVariant(each)]));
  }

  /** Adds a run and returns it as it is recorded. */
  add({ name, measurement, ...place }: PlacedMeasurement<InsertOutcome>): RecordedRun {
    const run: RecordedRun = {
      ...place,
      startedAt: place.startedAt.toISOString(),
      ...measurement,
      rowsPerSecond: measurement.rows / measurement.seconds,
      rssGrowth: measurement.client && rssGrowth(measurement.client.rssSamples),
    };
    const variant = this.#variants.get(name);
    if (variant === undefined) throw new Error(`no variant is called ${name}`);
    this.#variants.set(name, recordRun(variant, run, this.#plan.rows));
    return run;
  }

  body(): RowsBody {
    return { kind: 'rows', chartOrder: this.#plan.chartOrder, variants: [...this.#variants.values()] };
  }

  figures(): Figure[] {
    return this.#plan.figures([...this.#variants.values()]);
  }
}
