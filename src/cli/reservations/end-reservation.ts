import {
  type CancelOutcome,
  type ConfirmOutcome,
  type Reservations,
  createReservations,
  keepExpiring,
} from '../../reservations/index.js';
import type { CommandContext } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatQuantity } from '../output/format.js';
import { type ConnectionOptions, patientRedisSettings, redisSettings } from '../options/options.js';
import { untilAborted } from '../stop-signals.js';
import { closeAfter } from '../connections/with-connection.js';
import { withDatabase } from '../connections/with-database.js';

type EndOptions = ConnectionOptions & { redisUrl?: string };

/** `tablepick cancel`: done when it is cancelled, now or before; refused for another member's or one that is not there. */
export async function cancelCommand(
  context: CommandContext,
  reservationId: number,
  options: EndOptions & { member: number },
): Promise<number> {
  const outcome = await ask(context, options, (reservations) =>
    reservations.cancel({ reservationId, memberId: options.member }, { signal: context.stop.signal }),
  );
  return tell(context, { reservationId, outcome, good: ['cancelled', 'already-cancelled'] });
}

/** `tablepick confirm`: done when it is confirmed, now or before; refused when it is over or not there. */
export async function confirmCommand(
  context: CommandContext,
  reservationId: number,
  options: EndOptions,
): Promise<number> {
  const outcome = await ask(context, options, (reservations) =>
    reservations.confirm({ reservationId }, { signal: context.stop.signal }),
  );
  return tell(context, { reservationId, outcome, good: ['confirmed', 'already-confirmed'] });
}

/** `tablepick reservations expire`: once, or every so often until a signal. */
export async function expireCommand(
  context: CommandContext,
  options: EndOptions & { every?: number },
): Promise<number> {
  const { signal } = context.stop;
  let expired = 0;
  await ask(context, options, async (reservations) => {
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

async function ask<T>(
  context: CommandContext,
  options: EndOptions & { every?: number },
  work: (reservations: Reservations) => Promise<T>,
): Promise<T> {
  const redis = options.every === undefined ? patientRedisSettings(options) : redisSettings(options);
  return withDatabase(context, { ...options, mustWrite: true }, async ({ database }) => {
    const reservations = createReservations({ database, ...redis });
    return closeAfter(
      () => reservations.close(),
      () => work(reservations),
    );
  });
}

const WORDS: Readonly<Record<(CancelOutcome | ConfirmOutcome)['kind'], string>> = {
  cancelled: 'is cancelled, its seats are free',
  'already-cancelled': 'was cancelled before',
  confirmed: 'is confirmed',
  'already-confirmed': 'was confirmed before',
  expired: 'is expired: it was not confirmed in time',
  'not-owner': "is another member's; only who holds it may cancel it",
  'not-found': 'does not exist',
};

interface Ending {
  reservationId: number;
  outcome: CancelOutcome | ConfirmOutcome;
  good: readonly string[];
}

function tell(context: CommandContext, { reservationId, outcome, good }: Ending): number {
  context.output.result({ reservationId, ...outcome }, () => `reservation ${reservationId} ${WORDS[outcome.kind]}`);
  return good.includes(outcome.kind) ? exitCodes.done : exitCodes.refused;
}
