import { randomUUID } from 'node:crypto';

import { closeAfter } from '../../closing.js';
import { TablepickError } from '../../errors.js';
import {
  type ReservationOutcome,
  type ReservationRequest,
  type SlotReference,
  createReservations,
} from '../../reservations/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { patientRedisSettings } from '../options/redis-options.js';
import { withDatabase } from '../connections/with-database.js';
import type { reserveCommand } from './reserve-command.js';

type Options = OptionsOfCommand<typeof reserveCommand>;

/** `tablepick reserve`: done when reserved; refused when sold out or held already; failed when contended or unknown. */
export async function runReserve(context: CommandContext, options: Options): Promise<number> {
  const request = requestOf(options);
  return withDatabase(context, { ...options, mustWrite: true }, async ({ database }) => {
    const { strategy, seatsPer } = options;
    const reservations = createReservations({ database, strategy, seatsPer, ...patientRedisSettings(options) });
    const { signal } = context.stop;
    const outcome = await closeAfter(
      () => reservations.close(),
      () => reservations.reserve(request, { signal }),
    );
    const { idempotencyKey } = request;
    context.output.result({ ...outcome, idempotencyKey }, () => describeOutcome(outcome, request));
    return exitCodeOf(outcome);
  });
}

function requestOf(options: Options): ReservationRequest {
  const { member: memberId, party: partySize, hold: holdTtlMs, key: idempotencyKey = randomUUID() } = options;
  return { ...slotsOf(options), memberId, partySize, idempotencyKey, holdTtlMs };
}

function slotsOf({ slot, restaurant, date, time }: Options): SlotReference | { slots: SlotReference[] } {
  if (slot !== undefined) return { slots: slot.map((slotId) => ({ slotId })) };
  if (restaurant !== undefined && date !== undefined && time !== undefined) {
    return { restaurantId: restaurant, date, time };
  }
  throw new TablepickError('BAD_OPTION', 'no slot is named', {
    hint: 'give --slot 17, several as --slot 17,18, or --restaurant 1 --date 2030-12-24 --time 19:00',
  });
}

function exitCodeOf({ kind }: ReservationOutcome): number {
  if (kind === 'reserved') return exitCodes.done;
  return kind === 'sold-out' || kind === 'duplicate' ? exitCodes.refused : exitCodes.failed;
}

function describeOutcome(outcome: ReservationOutcome, { memberId, idempotencyKey }: ReservationRequest): string[] {
  switch (outcome.kind) {
    case 'reserved':
      return [`reserved: reservation ${outcome.reservationId}, key ${idempotencyKey}`];
    case 'sold-out':
      return ['sold out: too few seats are left, nothing was written'];
    case 'duplicate':
      return [
        `duplicate: member ${memberId} already holds reservation ${outcome.reservationId} of the slot`,
        `to give it back: tablepick cancel ${outcome.reservationId} --member ${memberId}`,
      ];
    case 'contended':
      return [`contended: others were in the way ${outcome.attempts} times, nothing was written; run it again`];
    case 'unknown':
      return [
        `unknown: the database did not say whether the COMMIT was applied; repeat the command with --key ${idempotencyKey}`,
      ];
  }
}
