import { TablepickError } from '../../errors.js';
import type { RelayedBy } from '../../messaging/index.js';
import type { Pricing } from '../../payments/index.js';
import type { Reservations } from '../../reservations/index.js';
import type { GuardedGateway } from './guarded-gateway.js';
import type { Mismatches } from '../facts/mismatches.js';
import type { Tally } from '../tally.js';
import type { BothSides } from '../facts/walk-both.js';

/** What disagreements are repaired with. */
export interface ReconcileContext extends BothSides {
  reservations: Pick<Reservations, 'change' | 'expire'>;
  guardedGateway: GuardedGateway;
  pricing: Pricing | undefined;
  tally: Tally;
  mismatches: Mismatches;
  fix: boolean;
  relayedBy: RelayedBy;
  concurrency: number;
}

/** How repairing ended: `gone` when there was nothing to repair any more, because somebody else had. */
export type RepairEnd = 'done' | 'gone' | { left: string };

/** What can be done about a disagreement; without `apply` nothing can, and `text` says why. */
export interface Repair {
  text: string;
  /** Nothing disagrees; `apply` only takes note that it was looked up. */
  isQuiet?: true;
  apply?: (() => Promise<RepairEnd>) | undefined;
}

/**
 * What failed is left with its reason, in few words that many may share, and does not stop the rest.
 *
 * @throws The error itself when all is to stop.
 */
export function leftBy({ signal }: Pick<ReconcileContext, 'signal'>, error: unknown): { left: string } {
  if (signal?.aborted) throw error;
  const why = error instanceof TablepickError ? `with ${error.code}` : String(error).slice(0, 100);
  return { left: `failed: ${why}` };
}
