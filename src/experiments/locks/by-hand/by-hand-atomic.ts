import { mysqlErrno } from '../../../database/index.js';
import type { Database, Session } from '../../../database/index.js';
import type { CallOutcome, SeatRequest } from '../call-log.js';
import type { LoadJob } from '../load-job.js';
import type { LoadTarget } from '../load-target.js';
import { restaurantOf } from '../../server/scene-slots.js';
import { TransactionWatch } from '../../server/transaction-watch.js';

const TAKE_SEAT = `UPDATE {slot} SET {slot.count} = {slot.count} + ?, {slot.version} = {slot.version} + 1
  WHERE {slot.id} = ? AND {slot.count} + ? <= {slot.capacity}`;
const INSERT_RESERVATION = `
  INSERT INTO {reservation} ({reservation.slotId}, {reservation.restaurantId}, {reservation.memberId},
    {reservation.partySize}, {reservation.seats}, {reservation.idempotencyKey})
  VALUES (?, ?, ?, ?, ?, ?)`;
const FIND_BY_KEY = `SELECT {reservation.id} AS id, {reservation.slotId} AS slotId, {reservation.memberId} AS memberId,
  {reservation.partySize} AS partySize, {reservation.groupId} AS groupId, {reservation.idempotencyKey} AS idempotencyKey
  FROM {reservation} WHERE {reservation.idempotencyKey} IN (?)`;
const FIND_LIVE = `SELECT {reservation.id} AS id, {reservation.slotId} AS slotId, {reservation.memberId} AS memberId,
  {reservation.partySize} AS partySize, {reservation.groupId} AS groupId, {reservation.idempotencyKey} AS idempotencyKey
  FROM {reservation} WHERE ({reservation.slotId}, {reservation.liveMemberId}) IN ((?, ?))`;
const FIND_CAPACITY = 'SELECT {slot.id} AS slotId, {slot.capacity} AS capacity FROM {slot} WHERE {slot.id} IN (?)';

/**
 * The statements of `atomic` as a person might write them in a service: on bare connections, without checks, without
 * retries and without an answer to a lost COMMIT. All connections of the pool are held until the end.
 */
export async function readyAtomicByHand(database: Database, isolation: LoadJob['isolation']): Promise<LoadTarget> {
  const connections = await holdConnections(database);
  const watch = new TransactionWatch();
  return {
    watch,
    reserve: async (request) => {
      const session = await connections.take();
      try {
        const outcome = await reserveOn(session, request, isolation);
        watch.count(outcome.kind === 'reserved');
        return outcome;
      } finally {
        connections.giveBack(session);
      }
    },
    close: () => connections.release(),
  };
}

async function reserveOn(
  session: Session,
  request: SeatRequest,
  isolation: LoadJob['isolation'],
): Promise<CallOutcome> {
  const { slotId, memberId, partySize, idempotencyKey } = request;
  if (isolation === 'REPEATABLE READ') await session.execute('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  await session.execute('START TRANSACTION');
  try {
    const taken = await session.execute(TAKE_SEAT, [1, slotId, 1]);
    if (taken.affectedRows === 0) {
      await session.execute('ROLLBACK');
      return await readRefusal(session, request);
    }
    const row = [slotId, restaurantOf(slotId), memberId, partySize, 1, idempotencyKey];
    const { insertId } = await session.execute(INSERT_RESERVATION, row);
    await session.execute('COMMIT');
    return { kind: 'reserved', reservationId: insertId };
  } catch (error) {
    await session.execute('ROLLBACK');
    return { kind: 'failed', code: String(mysqlErrno(error) ?? error) };
  }
}

/** The library asks this, too, before it says sold out: whether this request, or this member, took the seat before. */
async function readRefusal(session: Session, request: SeatRequest): Promise<CallOutcome> {
  const { slotId, memberId, idempotencyKey } = request;
  const [own] = await session.query<{ id: number }>(FIND_BY_KEY, [idempotencyKey]);
  const [live] = await session.query<{ id: number }>(FIND_LIVE, [slotId, memberId]);
  await session.query(FIND_CAPACITY, [slotId]);
  if (own !== undefined) return { kind: 'reserved', reservationId: own.id };
  return live === undefined ? { kind: 'sold-out' } : { kind: 'duplicate', reservationId: live.id };
}

interface HeldConnections {
  take(): Promise<Session>;
  giveBack(session: Session): void;
  /** Returns all connections to the pool. */
  release(): Promise<void>;
}

/** Takes every connection of the pool once: a very simple pool. */
async function holdConnections(database: Database): Promise<HeldConnections> {
  const free: Session[] = [];
  const waiting: ((session: Session) => void)[] = [];
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const held: Promise<void>[] = [];
  const opened = Array.from({ length: database.poolSize }, () => {
    return new Promise<void>((resolve, reject) => {
      const borrowed = database.session((session) => (free.push(session), resolve(), released));
      borrowed.catch(reject);
      held.push(borrowed);
    });
  });
  await Promise.all(opened);
  return {
    take: async () => free.pop() ?? new Promise<Session>((resolve) => waiting.push(resolve)),
    giveBack: (session) => {
      const next = waiting.shift();
      if (next === undefined) free.push(session);
      else next(session);
    },
    release: async () => {
      release();
      await Promise.all(held);
    },
  };
}
