import { randomUUID } from 'node:crypto';

import type { Database } from '../../database/index.js';
import { type Transport, createMessage, encodeMessage } from '../../messaging/index.js';
import type { Scenario } from './scenarios.js';

interface Row {
  id: string;
  aggregate: string;
  payload: string;
}

const SELECT = `SELECT id, aggregatetype AS aggregate, payload FROM outbox WHERE type = ? AND aggregateid = ? ORDER BY seq LIMIT 1`;

/** Mails have no state. A copy is recognized by its id alone, so it keeps the id. */
const WITHOUT_STATE: readonly string[] = ['ReservationConfirmed', 'ReservationCancelled'];

/**
 * Sends the messages of these scenarios again with a new id, so that only the states show that they are old. Resolves
 * with the ids of the scenarios whose message was found.
 */
export async function sendStaleCopies(
  transport: Transport,
  outboxes: readonly Database[],
  scenarios: readonly Scenario[],
): Promise<number[]> {
  const sent: number[] = [];
  for (const { id: reservationId, type } of scenarios) {
    const found = await Promise.all(outboxes.map((outbox) => outbox.query<Row>(SELECT, [type, String(reservationId)])));
    const [row] = found.flat();
    if (row === undefined) continue;
    const id = WITHOUT_STATE.includes(type) ? row.id : randomUUID();
    const { aggregate, payload } = row;
    const copy = createMessage({
      id,
      type,
      aggregate,
      key: String(reservationId),
      data: JSON.parse(payload) as unknown,
    });
    await transport.publish([encodeMessage(copy)]);
    sent.push(reservationId);
  }
  return sent;
}
