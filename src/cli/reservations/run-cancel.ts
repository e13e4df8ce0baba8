import type { CommandContext, OptionsOfCommand } from '../command.js';
import { patientRedisSettings } from '../options/redis-options.js';
import { tellEnd } from './tell-end.js';
import { withReservations } from './with-reservations.js';
import type { cancelCommand } from './cancel-command.js';

type Options = OptionsOfCommand<typeof cancelCommand>;

/**
 * `tablepick cancel`: done when it is cancelled, now or before; refused when it is another member's or does not exist.
 */
export async function runCancel(context: CommandContext, options: Options, reservationId: number): Promise<number> {
  const outcome = await withReservations(
    context,
    { ...options, redis: patientRedisSettings(options) },
    (reservations) => reservations.cancel({ reservationId, memberId: options.member }, { signal: context.stop.signal }),
  );
  return tellEnd(context, { reservationId, outcome, good: ['cancelled', 'already-cancelled'] });
}
