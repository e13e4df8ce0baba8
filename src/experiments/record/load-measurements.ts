import type {
  LoadBody,
  LoadMeasurement,
  LoadRun,
  LoadVariant,
  LoadVariantDescription,
} from '../../bench/load/load-result.js';
import { emptyLoadVariant, recordLoad, toLoadRun } from '../../bench/load/record-load.js';
import type { Figure } from '../../bench/result.js';
import type { PlacedMeasurement } from '../../bench/run-rounds.js';
import type { Measurements } from './result-record.js';

/** The facts about measured loads that are known before the first run. */
export interface LoadPlan<Variant extends LoadVariantDescription = LoadVariantDescription> extends Pick<
  LoadBody,
  'good' | 'times' | 'sweep' | 'chart'
> {
  variants: readonly Variant[];
  /** Makes the figures from the variants measured so far. */
  figures: (variants: readonly LoadVariant[]) => Figure[];
}

/** The measured loads. */
export class LoadMeasurements implements Measurements<LoadBody> {
  readonly #plan: LoadPlan;
  readonly #variants: Map<string, LoadVariant>;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#variants = new Map(plan.variants.map((each) => [each.name, emptyLoadVariant(each)]));
  }

  /** Adds a run and returns it as it is recorded. */
  add({ name, measurement, ...place }: PlacedMeasurement<LoadMeasurement>): LoadRun {
    const times = Object.fromEntries(
      this.#plan.times.flatMap((time) => {
        const record = measurement.times[time.name];
        return record === undefined ? [] : [[time.name, record]];
      }),
    );
    const at = { ...place, startedAt: place.startedAt.toISOString() };
    const run = toLoadRun(at, { ...measurement, times }, this.#plan.good);
    const variant = this.#variants.get(name);
    if (variant === undefined) throw new Error(`no variant is called ${name}`);
    this.#variants.set(name, recordLoad(variant, run));
    return run;
  }

  body(): LoadBody {
    const { good, times, sweep, chart } = this.#plan;
    return { kind: 'load', good, times, sweep, chart, variants: [...this.#variants.values()] };
  }

  figures(): Figure[] {
    return this.#plan.figures([...this.#variants.values()]);
  }
}
