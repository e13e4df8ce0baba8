import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Database } from '../../database/index.js';
import type { Reservations } from '../../reservations/index.js';
import { readSagas } from '../../saga/list-sagas.js';
import { memberOf } from '../auth/require-caller.js';
import type { WithinLimits } from '../http/request-limits.js';
import { HttpRefusal } from '../problems/http-refusal.js';
import { type OneReservation, noReservation } from './show-reservation.js';

/** What a cancellation needs beside its request. */
export interface CancelContext {
  database: Database;
  reservations: Pick<Reservations, 'cancel'>;
  withinLimits: WithinLimits;
}

/** 200 when the seats are given back, now or before; 409 when the hold had run out. */
export async function cancelReservation(
  context: CancelContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<{ reservationId: number; kind: string }> {
  const { id: reservationId } = (request as unknown as OneReservation).params;
  const { kind } = await context.withinLimits(reply, async (signal) => {
    const memberId = await ownerOf(context, request, signal);
    return context.reservations.cancel({ reservationId, memberId }, { signal });
  });
  if (kind === 'not-owner' || kind === 'not-found') throw noReservation();
  if (kind === 'expired') throw new HttpRefusal(kind, 409, { message: 'the hold had run out before' });
  return { reservationId, kind };
}

/** The guest for whom it is cancelled. An operator who names none cancels for the reservation's own guest. */
async function ownerOf({ database }: CancelContext, request: FastifyRequest, signal: AbortSignal): Promise<number> {
  const { params } = request as unknown as OneReservation;
  const { memberId } = (request.body ?? {}) as { memberId?: number };
  if (request.caller?.isOperator !== true || memberId !== undefined) return memberOf(request.caller, memberId);
  const [saga] = await readSagas(database, [params.id], { signal });
  if (saga === undefined || saga.memberId === null) throw noReservation();
  return saga.memberId;
}
