import { describeMachine, describeRevision } from '../../bench/describe-machine.js';
import { resultSchemaVersion } from '../../bench/result.js';
import type { Figure, ResultBody, ResultEnvelope, ResultOf } from '../../bench/result.js';
import { createReportFolder, writeReport } from '../../report/write-report.js';
import { packageFolder, readPackageVersion } from '../processes/package-facts.js';

/** What is known of an experiment before its first run. */
export interface RecordHead extends Pick<
  ResultEnvelope,
  'question' | 'title' | 'command' | 'server' | 'parameters' | 'notes'
> {
  repeat: number;
  /** Folder that holds the folders of all reports. */
  reports: string;
}

/** Measurements that grow run by run. */
export interface Measurements<Body extends ResultBody> {
  /** The measurements as they stand. */
  body(): Body;
  /** Made from the measurements as they stand. */
  figures(): Figure[];
}

/** A result that grows; its files always hold the last complete round. */
export class ResultRecord<Body extends ResultBody> {
  readonly #head: RecordHead;
  readonly #measurements: Measurements<Body>;
  /** The folder of this result. */
  readonly folder: string;
  #result: ResultOf<Body>;

  private constructor(
    head: RecordHead,
    measurements: Measurements<Body>,
    begun: Pick<ResultRecord<Body>, 'folder' | 'result'>,
  ) {
    this.#head = head;
    this.#measurements = measurements;
    this.folder = begun.folder;
    this.#result = begun.result;
  }

  /** Begins a result in a new folder; writes nothing yet. */
  static async begin<Body extends ResultBody>(
    head: RecordHead,
    measurements: Measurements<Body>,
  ): Promise<ResultRecord<Body>> {
    const startedAt = new Date();
    const folder = await createReportFolder(head.reports, head.question, startedAt);
    const result = { ...(await emptyEnvelope(head, startedAt)), ...measurements.body() };
    return new ResultRecord(head, measurements, { folder, result });
  }

  /** Writes all files after `round`, 0 for the warm-up. */
  async write(round: number): Promise<ResultOf<Body>> {
    const finishedAt = round === this.#head.repeat ? new Date().toISOString() : null;
    const rounds = { planned: this.#head.repeat, done: round };
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

async function emptyEnvelope(head: RecordHead, startedAt: Date): Promise<ResultEnvelope> {
  const { question, title, command, server, parameters, notes } = head;
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
    server,
    parameters,
    rounds: { planned: head.repeat, done: 0 },
    notes,
    figures: [],
  };
}
