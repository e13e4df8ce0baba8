import { TablepickError } from '../../errors.js';
import type { RelayedBy } from '../../messaging/index.js';
import type { Pricing } from '../../payments/index.js';
import type { Reservations } from '../../reservations/index.js';
import type { GuardedGateway } from './guarded-gateway.js';
import type { Mismatches } from '../facts/mismatches.js';
import type { Tally } from '../tally.js';
import type { BothSides } from '../facts/walk-both.js';

/** Settings and state of a reconciliation. */
export interface ReconcileContext extends BothSides {
  reservations: Pick<Reservations, 'changeAll' | 'expire'>;
  guardedGateway: GuardedGateway;
  pricing: Pricing | undefined;
  tally: Tally;
  mismatches: Mismatches;
  fix: boolean;
  relayedBy: RelayedBy;
  concurrency: number;
}

/** How a repair ended. `gone`: somebody else had repaired it already. */
export type RepairEnd = 'done' | 'gone' | { left: string };

/** A possible repair of a disagreement. Without `apply`, there is none, and `text` says why. */
export interface Repair {
  text: string;
  /** There is no disagreement. `apply` only notes that the payment was looked up. */
  isQuiet?: true;
  apply?: (() => Promise<RepairEnd>) | undefined;
}

/**
 * A failed repair is left with its reason, and the rest goes on. The reason is short, so that many can share it.
 *
 * @throws The error itself when all is to stop.
 */
export function leftBy({ signal }: Pick<ReconcileContext, 'signal'>, error: unknown): { left: string } {
  if (signal?.aborted) throw error;
  const why = error instanceof TablepickError ? `with ${error.code}` : String(error).slice(0, 100);
  return { left: `failed: ${why}` };
}
