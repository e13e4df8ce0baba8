import { TablepickError } from '../../errors.js';
import type { RelayedBy } from '../../messaging/index.js';
import type { Pricing } from '../../payments/index.js';
import type { Reservations } from '../../reservations/index.js';
import type { GatewayDesk } from './guarded-gateway.js';
import type { Mismatches } from '../facts/mismatches.js';
import type { Tally } from '../tally.js';
import type { BothSides } from '../facts/walk-both.js';

/** What disagreements are mended with. */
export interface Tools extends BothSides {
  reservations: Pick<Reservations, 'change' | 'expire'>;
  desk: GatewayDesk;
  pricing: Pricing | undefined;
  tally: Tally;
  mismatches: Mismatches;
  fix: boolean;
  relayedBy: RelayedBy;
  concurrency: number;
}

/** How mending ended: `gone` when there was nothing to mend any more, because somebody else had. */
export type Mended = 'done' | 'gone' | { left: string };

/** What can be done about a disagreement; without `apply` nothing can, and `text` says why. */
export interface Remedy {
  text: string;
  /** Nothing disagrees; `apply` only takes note that it was looked up. */
  isQuiet?: true;
  apply?: (() => Promise<Mended>) | undefined;
}

/**
 * What failed is left with its reason, in few words that many may share, and does not stop the rest.
 *
 * @throws The error itself when all is to stop.
 */
export function leftBy({ signal }: Pick<Tools, 'signal'>, error: unknown): { left: string } {
  if (signal?.aborted) throw error;
  const why = error instanceof TablepickError ? `with ${error.code}` : String(error).slice(0, 100);
  return { left: `failed: ${why}` };
}
