import { describeMachine, describeRevision } from '../../bench/describe-machine.js';
import { resultSchemaVersion } from '../../bench/result.js';
import type { Figure, ResultBody, ResultEnvelope, ResultOf } from '../../bench/result.js';
import { createReportFolder, writeReport } from '../../report/write-report.js';
import { packageFolder, readPackageVersion } from '../processes/package-facts.js';
import { describeServer } from '../server/server-facts.js';
import type { Experiment } from './experiment.js';

/** The description of an experiment, which is known before its first run. */
export type ExperimentDescription = Pick<ResultEnvelope, 'question' | 'title' | 'command' | 'parameters' | 'notes'>;

/** Measurements that grow run by run. */
export interface Measurements<Body extends ResultBody> {
  /** The measurements so far. */
  body(): Body;
  /** The figures, made from the measurements so far. */
  figures(): Figure[];
}

/** A result that grows. Its files always contain the last complete round. */
export class ResultRecord<Body extends ResultBody> {
  readonly #repeat: number;
  readonly #measurements: Measurements<Body>;
  /** The folder of this result. */
  readonly folder: string;
  #result: ResultOf<Body>;

  private constructor(
    repeat: number,
    measurements: Measurements<Body>,
    begun: Pick<ResultRecord<Body>, 'folder' | 'result'>,
  ) {
    this.#repeat = repeat;
    this.#measurements = measurements;
    this.folder = begun.folder;
    this.#result = begun.result;
  }

  /** Begins a result in a new folder; writes nothing yet. */
  static async begin<Body extends ResultBody>(
    experiment: Experiment,
    description: ExperimentDescription,
    measurements: Measurements<Body>,
  ): Promise<ResultRecord<Body>> {
    const startedAt = new Date();
    const envelope = await emptyEnvelope(experiment, description, startedAt);
    const folder = await createReportFolder(experiment.reports, description.question, startedAt);
    const result = { ...envelope, ...measurements.body() };
    return new ResultRecord(experiment.repeat, measurements, { folder, result });
  }

  /** Writes all files after `round`, 0 for the warm-up. */
  async write(round: number): Promise<ResultOf<Body>> {
    const finishedAt = round === this.#repeat ? new Date().toISOString() : null;
    const rounds = { planned: this.#repeat, done: round };
    const figures = this.#measurements.figures();
    this.#result = { ...this.#result, rounds, finishedAt, figures, ...this.#measurements.body() };
    await writeReport(this.folder, this.#result);
    return this.#result;
  }

  /** The result as it was last written. */
  get result(): ResultOf<Body> {
    return this.#result;
  }
}

async function emptyEnvelope(
  { database, serverPid, repeat }: Experiment,
  { question, title, command, parameters, notes }: ExperimentDescription,
  startedAt: Date,
): Promise<ResultEnvelope> {
  return {
    schemaVersion: resultSchemaVersion,
    question,
    title,
    startedAt: startedAt.toISOString(),
    finishedAt: null,
    command,
    tablepickVersion: await readPackageVersion(),
    revision: await describeRevision(packageFolder),
    machine: describeMachine(),
    server: await describeServer(database, serverPid),
    parameters,
    rounds: { planned: repeat, done: 0 },
    notes,
    figures: [],
  };
}
