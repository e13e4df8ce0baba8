import type { CancelOutcome, ConfirmOutcome } from '../../reservations/index.js';
import type { CommandContext } from '../command.js';
import { exitCodes } from '../exit-codes.js';

const WORDS: Readonly<Record<(CancelOutcome | ConfirmOutcome)['kind'], string>> = {
  cancelled: 'is cancelled, its seats are free',
  'already-cancelled': 'was cancelled before',
  confirmed: 'is confirmed',
  'already-confirmed': 'was confirmed before',
  expired: 'is expired: it was not confirmed in time',
  'not-owner': "is another member's; only who holds it may cancel it",
  'not-found': 'does not exist',
};

/** The outcome for a reservation, and the outcomes that count as done. */
export interface Ending {
  reservationId: number;
  outcome: CancelOutcome | ConfirmOutcome;
  good: readonly string[];
}

/** Prints the outcome for the reservation. Returns the exit code: done for a good outcome, else refused. */
export function tellEnd(context: CommandContext, { reservationId, outcome, good }: Ending): number {
  context.output.result({ reservationId, ...outcome }, () => `reservation ${reservationId} ${WORDS[outcome.kind]}`);
  return good.includes(outcome.kind) ? exitCodes.done : exitCodes.refused;
}
