import type { Answer } from '../../requests/answer-request.js';
import type { LocatedRequest } from '../../reservation.js';
import type { StrategyContext } from '../lock-strategy.js';
import type { SeatsSeen } from './seats-seen.js';
import type { StuckSlots } from './stuck-slots.js';
import type { Turn } from './turn.js';

/** How the requests of a batch were answered; a request without an answer is to be asked again. */
export type Answers = ReadonlyMap<LocatedRequest, Answer>;

/** How one transaction decided its requests; it holds once the transaction is committed. */
export interface Decision {
  answers: Map<LocatedRequest, Answer>;
  /** Those whose reservation was written. */
  granted: readonly LocatedRequest[];
}

/** What a batch works with. */
export interface BatchContext {
  context: StrategyContext;
  turn: Turn;
  seen: SeatsSeen;
  stuck: StuckSlots;
  /** Longest wait for one row lock. */
  lockWaitSeconds: number;
  /** Those of requests that seem sure to get their seats, if the database allows to make use of it. */
  findSure: (requests: readonly LocatedRequest[]) => Promise<LocatedRequest[]>;
}
