import type { CallOutcome, SeatRequest } from './call-log.js';
import type { TransactionWatch } from '../server/transaction-watch.js';

/** A way of reserving that is ready to be asked. */
export interface LoadTarget {
  /** Asks for one seat. What it rejects with counts as an answer. */
  reserve(request: SeatRequest): Promise<CallOutcome>;
  /** Sees its transactions. */
  watch: TransactionWatch;
  /** Ends what it opened; the database stays open. */
  close(): Promise<void>;
}
