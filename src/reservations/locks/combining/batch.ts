import type { Answer } from '../../requests/answer-request.js';
import type { LocatedRequest } from '../../reservation.js';
import type { StrategyContext } from '../lock-strategy.js';
import type { SeatsSeen } from './seats-seen.js';
import type { StuckSlots } from './stuck-slots.js';
import type { Turn } from './turn.js';

/** The answers to the requests of a batch. A request without an answer is served again. */
export type Answers = ReadonlyMap<LocatedRequest, Answer>;

/** The decision of one transaction about its requests. It is valid once the transaction is committed. */
export interface Decision {
  answers: Map<LocatedRequest, Answer>;
  /** Requests whose reservation was written. */
  granted: readonly LocatedRequest[];
}

/** Settings and state of a batch. */
export interface BatchContext {
  context: StrategyContext;
  turn: Turn;
  seen: SeatsSeen;
  stuck: StuckSlots;
  /** Longest wait for one row lock. */
  lockWaitSeconds: number;
  /**
   * Resolves with those requests that seem sure to get their seats. Empty when the database does not allow the faster
   * way.
   */
  findSure: (requests: readonly LocatedRequest[]) => Promise<LocatedRequest[]>;
}
