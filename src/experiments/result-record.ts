import { describeMachine, describeRevision } from '../bench/describe-machine.js';
import { emptyVariant, recordRun, rssGrowth } from '../bench/record-run.js';
import { resultSchemaVersion } from '../bench/result.js';
import type { BenchResult, Figure, RecordedRun, VariantDescription, VariantResult } from '../bench/result.js';
import type { PlacedMeasurement } from '../bench/run-rounds.js';
import { createReportFolder, writeReport } from '../report/write-report.js';
import type { InsertOutcome } from './insert-job.js';
import { packageFolder, readPackageVersion } from './package-facts.js';

/** What is known of an experiment before its first run. */
export interface RecordHead extends Pick<
  BenchResult,
  'question' | 'title' | 'command' | 'server' | 'parameters' | 'notes' | 'chartOrder'
> {
  variants: readonly VariantDescription[];
  repeat: number;
  /** Rows the experiment asks of every variant that is not sampled. */
  rows: number;
  /** Folder that holds the folders of all reports. */
  reports: string;
  /** Makes the figures from the variants as they stand. */
  figures: (variants: readonly VariantResult[]) => Figure[];
}

/** A result that grows run by run; its files always hold the last complete round. */
export class ResultRecord {
  readonly #head: RecordHead;
  readonly #variants: Map<string, VariantResult>;
  /** The folder of this result. */
  readonly folder: string;
  #result: BenchResult;

  private constructor(head: RecordHead, folder: string, result: BenchResult) {
    this.#head = head;
    this.folder = folder;
    this.#result = result;
    this.#variants = new Map(result.variants.map((variant) => [variant.name, variant]));
  }

  /** Begins a result in a new folder; writes nothing yet. */
  static async begin(head: RecordHead): Promise<ResultRecord> {
    const startedAt = new Date();
    const folder = await createReportFolder(head.reports, head.question, startedAt);
    return new ResultRecord(head, folder, await emptyResult(head, startedAt));
  }

  /** Adds a run and returns it as it is recorded. */
  add({ name, measurement, ...place }: PlacedMeasurement<InsertOutcome>): RecordedRun {
    const run: RecordedRun = {
      ...{ ...place, startedAt: place.startedAt.toISOString() },
      ...measurement,
      rowsPerSecond: measurement.rows / measurement.seconds,
      rssGrowth: measurement.client && rssGrowth(measurement.client.rssSamples),
    };
    const variant = this.#variants.get(name);
    if (variant === undefined) throw new Error(`no variant is called ${name}`);
    this.#variants.set(name, recordRun(variant, run, this.#head.rows));
    return run;
  }

  /** Writes all files after `round`, 0 for the warm-up. */
  async write(round: number): Promise<BenchResult> {
    const variants = [...this.#variants.values()];
    const finishedAt = round === this.#head.repeat ? new Date().toISOString() : null;
    const rounds = { planned: this.#head.repeat, done: round };
    this.#result = { ...this.#result, variants, rounds, finishedAt, figures: this.#head.figures(variants) };
    await writeReport(this.folder, this.#result);
    return this.#result;
  }

  /** The result as it was last written. */
  get result(): BenchResult {
    return this.#result;
  }
}

async function emptyResult(head: RecordHead, startedAt: Date): Promise<BenchResult> {
  const { question, title, command, server, parameters, notes, chartOrder } = head;
  return {
    schemaVersion: resultSchemaVersion,
    ...{ question, title, startedAt: startedAt.toISOString(), finishedAt: null, command },
    tablepickVersion: await readPackageVersion(),
    revision: await describeRevision(packageFolder),
    machine: describeMachine(),
    ...{ server, parameters, rounds: { planned: head.repeat, done: 0 }, notes, chartOrder },
    variants: head.variants.map(emptyVariant),
    figures: [],
  };
}
