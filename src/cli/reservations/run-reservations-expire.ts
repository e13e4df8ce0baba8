import { type Reservations, keepExpiring } from '../../reservations/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { patientRedisSettings, redisSettings } from '../options/redis-options.js';
import { formatQuantity } from '../output/format.js';
import { untilAborted } from '../stop-signals.js';
import { withReservations } from './with-reservations.js';
import type { reservationsExpireCommand } from './reservations-expire-command.js';

type Options = OptionsOfCommand<typeof reservationsExpireCommand>;

/** `tablepick reservations expire`: once, or repeatedly until a signal. */
export async function runReservationsExpire(context: CommandContext, options: Options): Promise<number> {
  const { signal } = context.stop;
  const redis = options.every === undefined ? patientRedisSettings(options) : redisSettings(options);
  let expired = 0;
  await withReservations(context, { ...options, redis }, async (reservations) => {
    if (options.every === undefined) return sweepAll(reservations, signal, (count) => void (expired += count));
    context.stop.describe(() => 'ending after the sweep under way; press Ctrl-C again to abort');
    const sweeping = keepExpiring(reservations, {
      everyMs: options.every,
      onSweep: (sweep) => {
        expired += sweep.expired;
        context.output.note(`${formatQuantity(sweep.expired, 'hold')} expired`);
      },
      onError: (error) => context.output.complain(`error: ${String(error)}; the next sweep tries again`),
    });
    await untilAborted(signal);
    return sweeping.stop();
  });
  context.output.result({ expired }, () => [`${formatQuantity(expired, 'hold')} expired, their seats are free`]);
  return context.stop.exitCode() ?? exitCodes.done;
}

async function sweepAll(
  reservations: Reservations,
  signal: AbortSignal,
  count: (expired: number) => void,
): Promise<void> {
  for (let more = true; more;) {
    const sweep = await reservations.expireDue({ signal });
    count(sweep.expired);
    more = sweep.more;
  }
}
