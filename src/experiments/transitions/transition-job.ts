import type { LoadRecord } from '../../bench/load/load-tally.js';
import type { ProcessUse } from '../../bench/run-facts.js';
import type { ConnectOptions } from '../../database/index.js';

/** What is done to the reservations. */
export const transitionNames = ['confirm', 'cancel'] as const;

/** One of {@link transitionNames}. */
export type TransitionName = (typeof transitionNames)[number];

/** `together`: those that arrive together share a transaction. `one-by-one`: a transaction each. */
export const transitionWays = ['together', 'one-by-one'] as const;

/** One of {@link transitionWays}. */
export type TransitionWay = (typeof transitionWays)[number];

/** The input of a measuring process: plain data. The tables are filled already. */
export interface TransitionJob {
  connection: ConnectOptions;
  transition: TransitionName;
  way: TransitionWay;
  clients: number;
  /** Reservations 1 to this number are changed, each once, by its member of the same number. */
  reservations: number;
  /** So many more are changed before the clock runs. */
  warmupReservations: number;
}

/** The result of a measuring process. */
export interface TransitionOutcome {
  load: LoadRecord;
  client: ProcessUse;
  transactions: { begun: number; rolledBack: number; deadlocked: number };
}
