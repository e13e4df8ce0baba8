import { connect } from '../../database/index.js';
import type { ConnectOptions, Database } from '../../database/index.js';
import { checkInteger } from '../../check-option.js';
import { TablepickError } from '../../errors.js';
import type { BenchEvent } from './bench-event.js';
import { withScratchSchema } from '../server/scratch-schema.js';
import { findServerPid } from '../server/server-facts.js';

/** Options of every experiment. */
export interface ExperimentOptions {
  /** A scratch schema. It is no handle, because each measuring process connects by itself. */
  connection: ConnectOptions;
  /** Measured rounds, 1 or more, after a warm-up. */
  repeat?: number | undefined;
  /** Names the report: lower-case letters, digits and dashes. */
  question?: string | undefined;
  /** Folder that holds all reports. Default `reports`. */
  reports?: string | undefined;
  /** Stops the current run. Complete rounds stay on disk. */
  signal?: AbortSignal | undefined;
  onEvent?: ((event: BenchEvent) => void) | undefined;
}

/** A running experiment on its scratch schema. */
export interface Experiment {
  database: Database;
  connection: ConnectOptions;
  /** Null when the server is not on this machine or its process id cannot be found. */
  serverPid: number | null;
  /** Measured rounds, after a warm-up. */
  repeat: number;
  /** Folder that holds the folders of all reports. */
  reports: string;
  signal: AbortSignal | undefined;
  tell: (event: BenchEvent) => void;
}

/** Connections of the experiment itself on its scratch schema. */
const ownConnections = 10;

/**
 * Opens the scratch schema, runs `work` on it and closes it again.
 *
 * @throws `BAD_OPTION`, `NOT_A_SCRATCH_SCHEMA` or `RUN_ACTIVE` before anything is changed.
 */
export async function withExperiment<T>(
  options: ExperimentOptions,
  work: (experiment: Experiment) => Promise<T>,
): Promise<T> {
  const { connection, repeat = 3, reports = 'reports', signal, onEvent: tell = () => undefined } = options;
  checkCount('repeat', repeat);
  checkQuestion(options.question);
  const database = await connect({ ...connection, poolSize: ownConnections });
  try {
    return await withScratchSchema(database, async () => {
      const serverPid = await findServerPid(database, connection.url);
      return work({ database, connection, serverPid, repeat, reports, signal, tell });
    });
  } finally {
    await database.close();
  }
}

/** @throws `BAD_OPTION` unless `value` is a whole number of 1 or more. */
export function checkCount(name: string, value: number): void {
  checkInteger(name, value, {
    min: 1,
    message: `${name} is ${value}`,
    hint: `give ${name} a whole number of 1 or more`,
  });
}

function checkQuestion(question: string | undefined): void {
  if (question === undefined || /^[a-z0-9]+(-[a-z0-9]+)*$/.test(question)) return;
  throw new TablepickError('BAD_OPTION', `the name of a report is ${JSON.stringify(question)}`, {
    hint: 'use lower-case letters, digits and dashes, e.g. --name which-insert',
  });
}
