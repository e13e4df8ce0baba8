import type { RunMeasurement } from '../../bench/rows/rows-result.js';
import type { ConnectOptions } from '../../database/index.js';
import type { FailureMessage } from '../processes/measuring-process.js';

/** The input of a measuring process: plain data, sent as JSON. The tables are filled already. */
export interface ReconcileJob {
  connection: ConnectOptions;
  paymentConnection: ConnectOptions;
  fix: boolean;
  /** Process id of a server on this machine, so that its CPU time can be read; null when unknown. */
  serverPid: number | null;
}

/** The result of a measuring process. */
export interface ReconcileOutcome extends Omit<RunMeasurement, 'rowsPerSecond'> {
  verifySeconds: null;
  found: number;
  fixed: number;
  left: number;
}

/** The messages of a measuring process. */
export type ReconcileMessage = { kind: 'done'; outcome: ReconcileOutcome } | FailureMessage;

/**
 * Environment variable that carries a {@link ReconcileJob}. The job can contain a password, which must not be in argv.
 */
export const RECONCILE_JOB = 'TABLEPICK_RECONCILE_JOB';
