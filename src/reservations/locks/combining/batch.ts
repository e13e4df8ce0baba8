import type { Answer } from '../../requests/answer-request.js';
import type { Claim } from '../../reservation.js';
import type { StrategyTools } from '../lock-strategy.js';
import type { SeatsSeen } from './seats-seen.js';
import type { StuckSlots } from './stuck-slots.js';
import type { Turn } from './turn.js';

/** How one transaction decided its claims; it holds once the transaction is committed. */
export interface Decision {
  answers: Map<Claim, Answer>;
  /** Those whose reservation was written. */
  granted: readonly Claim[];
}

/** What a batch works with. */
export interface BatchTools {
  tools: StrategyTools;
  turn: Turn;
  seen: SeatsSeen;
  stuck: StuckSlots;
  /** Longest wait for one row lock. */
  lockWaitSeconds: number;
  /** Those of claims that seem sure to get their seats, if the database allows to make use of it. */
  findSure: (claims: readonly Claim[]) => Promise<Claim[]>;
}
