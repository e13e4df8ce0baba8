import type { Database, Session, SqlValue } from '../../database/index.js';
import { readAsWriter } from '../../database/read-as-writer.js';
import { isTablepickError } from '../../errors.js';
import {
  type Pricing,
  type ReservationCreated,
  type SagaDraft,
  checkMoney,
  reservationTopic,
  sagaEvent,
} from '../../payments/index.js';

/** How far a message may lie from its place in the order of ids, because transactions ran at the same time. */
const MARGIN = 5000;

const SPAN = 'SELECT MIN(seq) AS low, MAX(seq) AS high FROM outbox';
// One probe of the search, along the primary key. Messages that were sent again lie out of order. Their attempt is
// larger than 1.
const PROBE = `SELECT seq, CAST(aggregateid AS UNSIGNED) AS id FROM outbox FORCE INDEX (PRIMARY)
  WHERE seq >= ? AND seq < ? AND type = 'ReservationCreated' AND attempt = 1 ORDER BY seq LIMIT 1`;
const SELECT_NEAR = `SELECT payload, traceparent FROM outbox FORCE INDEX (PRIMARY)
  WHERE seq >= ? AND seq <= ? AND type = 'ReservationCreated' AND aggregateid = ? AND aggregatetype = '${reservationTopic}' LIMIT 1`;

const SELECT_UNIT = `SELECT r.{reservation.id} AS reservationId, r.{reservation.restaurantId} AS restaurantId,
    r.{reservation.slotId} AS slotId, r.{reservation.memberId} AS memberId, r.{reservation.partySize} AS partySize
  FROM {reservation} h JOIN {reservation} r ON r.{reservation.memberId} = h.{reservation.memberId}
    AND (r.{reservation.id} = h.{reservation.id} OR r.{reservation.groupId} = h.{reservation.id})
  WHERE h.{reservation.id} = ? ORDER BY r.{reservation.id}`;

/**
 * The message that requested a reservation's payment. When the outbox still has it, that one. Otherwise a new one, with
 * the price from `pricing`. 'no-price' when there is no `pricing`. Undefined when the reservation does not exist.
 *
 * @throws `BAD_AMOUNT` when the pricing function returns no money.
 */
export async function readCreated(
  database: Database,
  reservationId: number,
  pricing: Pricing | undefined,
): Promise<SagaDraft<'ReservationCreated'> | 'no-price' | undefined> {
  const sent = await readAsWriter(database, (tx) => findSent(tx, reservationId), { readsOnly: true });
  return sent ?? (pricing === undefined ? 'no-price' : makeAnew(database, reservationId, pricing));
}

interface Sent {
  payload: string;
  traceparent: string | null;
}

async function findSent(
  reader: Pick<Session, 'query'>,
  reservationId: number,
): Promise<SagaDraft<'ReservationCreated'> | undefined> {
  const around = await findPlace(reader, reservationId);
  const bounds: SqlValue[] = [around.low - MARGIN, around.high + MARGIN, String(reservationId)];
  const [sent] = await reader.query<Sent>(SELECT_NEAR, bounds);
  const data = sent && readData(sent.payload, reservationId);
  return data && sagaEvent('ReservationCreated', data, sent.traceparent ?? undefined);
}

/** Finds the place by halving, because ids of reservations grow along the outbox and no index has them. */
async function findPlace(
  reader: Pick<Session, 'query'>,
  reservationId: number,
): Promise<{ low: number; high: number }> {
  const [span] = await reader.query<{ low: number | null; high: number | null }>(SPAN);
  let [low, high] = [span?.low ?? 0, span?.high ?? 0];
  while (high - low > MARGIN) {
    const middle = Math.floor((low + high) / 2);
    const [probe] = await reader.query<{ seq: number; id: number }>(PROBE, [middle, high]);
    if (probe === undefined || probe.id >= reservationId) high = middle;
    else low = probe.seq;
  }
  return { low, high };
}

function readData(payload: string, reservationId: number): ReservationCreated | undefined {
  try {
    const data = JSON.parse(payload) as ReservationCreated;
    checkMoney(data);
    return data.reservationId === reservationId ? data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || isTablepickError(error, 'BAD_AMOUNT')) return undefined;
    throw error;
  }
}

interface UnitRow {
  reservationId: number;
  restaurantId: number;
  slotId: number;
  memberId: number;
  partySize: number;
}

async function makeAnew(
  database: Database,
  reservationId: number,
  pricing: Pricing,
): Promise<SagaDraft<'ReservationCreated'> | undefined> {
  const rows = await database.query<UnitRow>(SELECT_UNIT, [reservationId]);
  const [first] = rows;
  if (first === undefined) return undefined;
  const { restaurantId, memberId, partySize } = first;
  const slotIds = rows.map(({ slotId }) => slotId);
  const money = checkMoney(pricing({ ...first, slotIds }));
  return sagaEvent('ReservationCreated', { reservationId, restaurantId, memberId, partySize, slotIds, ...money });
}
