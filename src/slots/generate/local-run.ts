import type { RunOwnership } from '../ownership/index.js';
import type { RunSettings } from '../generation.js';
import type { OpenRun } from './open-run.js';
import type { RunTally } from './run-tally.js';

/** An open run. This process owns it and inserts its chunks. */
export interface LocalRun extends OpenRun, Pick<RunSettings, 'signal' | 'onEvent'> {
  owner: RunOwnership;
  /** Connections that insert at once. */
  workers: number;
  tally: RunTally;
}
