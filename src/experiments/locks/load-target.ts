import type { CallOutcome, SeatRequest } from './call-log.js';
import type { TransactionWatch } from '../server/transaction-watch.js';

/** A way of reserving that is ready for requests. */
export interface LoadTarget {
  /** Asks for one seat. A rejection counts as an answer. */
  reserve(request: SeatRequest): Promise<CallOutcome>;
  /** Watches its transactions. */
  watch: TransactionWatch;
  /** Closes everything that it opened. The database stays open. */
  close(): Promise<void>;
}
