import type { CommandContext, OptionsOfCommand } from '../command.js';
import { patientRedisSettings } from '../options/redis-options.js';
import { tellEnd } from './tell-end.js';
import { withReservations } from './with-reservations.js';
import type { confirmCommand } from './confirm-command.js';

type Options = OptionsOfCommand<typeof confirmCommand>;

/** `tablepick confirm`: done when it is confirmed, now or before; refused when it has ended or does not exist. */
export async function runConfirm(context: CommandContext, options: Options, reservationId: number): Promise<number> {
  const outcome = await withReservations(
    context,
    { ...options, redis: patientRedisSettings(options) },
    (reservations) => reservations.confirm({ reservationId }, { signal: context.stop.signal }),
  );
  return tellEnd(context, { reservationId, outcome, good: ['confirmed', 'already-confirmed'] });
}
