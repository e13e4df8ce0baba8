import type { ProcessUse } from '../../bench/run-facts.js';
import type { ConnectOptions } from '../../database/index.js';
import type { InsertStrategyName, SlotRange } from '../../slots/index.js';
import type { FailureMessage } from '../processes/measuring-process.js';

/** The ways of inserting that run in a process of tablepick's own. */
export type InsertWay =
  | { kind: 'strategy'; strategy: InsertStrategyName }
  | { kind: 'without-checkpoints'; strategy: InsertStrategyName }
  | { kind: 'by-hand-server-side' }
  | { kind: 'by-hand-load-data' };

/** The input of a measuring process: plain data, sent as JSON. The tables and restaurants exist already. */
export interface InsertJob {
  way: InsertWay;
  connection: ConnectOptions;
  range: SlotRange;
  workers: number | 'auto';
  batchRows: number;
  /** Process id of a server on this machine, so that its CPU time can be read; null when unknown. */
  serverPid: number | null;
}

/** The result of a measuring process, whose load was verified. */
export interface InsertOutcome {
  rows: number;
  seconds: number;
  verifySeconds: number;
  client: ProcessUse | null;
  serverCpuSeconds: number | null;
  details: Record<string, number | string>;
}

/** The messages of a measuring process. */
export type InsertMessage =
  | { kind: 'rows'; rowsDone: number }
  | { kind: 'verifying' }
  | { kind: 'done'; outcome: InsertOutcome }
  | FailureMessage;

/**
 * Environment variable that carries an {@link InsertJob}. The job can contain a password, which must not be in argv.
 */
export const insertJobVariable = 'TABLEPICK_INSERT_JOB';
