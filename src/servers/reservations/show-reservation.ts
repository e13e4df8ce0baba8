import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Database } from '../../database/index.js';
import { type Saga, readSagas } from '../../saga/list-sagas.js';
import { memberOf } from '../auth/require-caller.js';
import type { WithinLimits } from '../http/request-limits.js';
import { HttpRefusal } from '../problems/http-refusal.js';

/** The parts of a request about one reservation that its schema has checked. */
export interface OneReservation {
  params: { id: number };
  query: { memberId?: number };
}

/** A guest's reservation. Another guest's is answered as a missing one, so that nobody learns which ids are taken. */
export async function showReservation(
  { database, withinLimits }: { database: Database; withinLimits: WithinLimits },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Saga> {
  const { params, query } = request as unknown as OneReservation;
  const isForAll = request.caller?.isOperator === true && query.memberId === undefined;
  const memberId = isForAll ? undefined : memberOf(request.caller, query.memberId);
  const [saga] = await withinLimits(reply, (signal) => readSagas(database, [params.id], { signal }));
  // When a reservation is gone, its compensation may still be there.
  if (saga === undefined || saga.status === null || (!isForAll && saga.memberId !== memberId)) throw noReservation();
  return saga;
}

/** There is no reservation of that id, or it is another guest's. */
export function noReservation(): HttpRefusal {
  return new HttpRefusal('not-found', 404, { message: 'the guest has no such reservation' });
}
