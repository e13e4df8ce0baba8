import { createHttpGateway } from 'tablepick/payments';
import { reconcile } from 'tablepick/reconcile';
import {
  checkInvariants,
  createReservations,
  lockStrategies,
  type LockStrategyName,
  type Reservations,
} from 'tablepick/reservations';
import { compilePlan, generateSlots, rollbackRun, verifySlots, insertStrategyNames } from 'tablepick/slots';
import { expect } from 'vitest';

import { type ReservationScene, withReservationScene } from './reservation-scene.js';
import { type SagaScene, withSaga } from './saga-scene.js';
import { type TestServer, testRedis } from './servers.js';
import { type SlotScene, withSlotScene } from './slot-scene.js';

/**
 * Uses all of tablepick on a server: slots, reservations by every strategy, the saga, a reconciliation. Everything must
 * be right.
 */
export async function takeTour(server: TestServer): Promise<void> {
  await tourSlots(server);
  await tourReservations(server);
  await tourSaga(server);
}

const RESTAURANTS = 3;
const SLOTS = RESTAURANTS * 16 * 4;

/** Every insert strategy makes exactly the plan, and a rollback leaves nothing of it. */
export async function tourSlots(server: TestServer): Promise<void> {
  await withSlotScene(server, RESTAURANTS, async (scene) => {
    for (const [month, strategy] of insertStrategyNames.entries()) await makeAndTakeBack(scene, { month, strategy });
  });
}

async function makeAndTakeBack(
  { database, rules, readSlots }: SlotScene,
  { month, strategy }: { month: number; strategy: (typeof insertStrategyNames)[number] },
): Promise<void> {
  const range = { from: `2027-0${month + 1}-01`, days: 4 };
  const made = await generateSlots({ database, rules: rules(), range, strategy });
  expect(made).toMatchObject({ state: 'finished' });
  expect(new Set(await readSlots()).size, strategy).toBe(SLOTS);
  const plan = await compilePlan(rules(), range);
  expect(await verifySlots(database, plan)).toMatchObject({ present: SLOTS, distinct: SLOTS });
  expect(await rollbackRun({ database, runId: made.runId })).toMatchObject({ removed: SLOTS, kept: 0, gone: 0 });
  expect(await readSlots()).toEqual([]);
}

const CAPACITY = 60;
const AT_ONCE = 20;

/**
 * Under every strategy, each caller gets the id of its own row, and the record beside it has the same id. Then seats
 * are given back.
 */
export async function tourReservations(
  server: TestServer,
  names: readonly LockStrategyName[] = safeStrategies(),
): Promise<void> {
  await withReservationScene(server, { slots: names.length * 2, capacity: CAPACITY }, async (scene) => {
    await scene.run(TOLD);
    for (const [place, strategy] of names.entries()) await reserveOn(scene, { place, strategy });
    expect(await checkInvariants(scene.database)).toMatchObject({ ok: true, violations: [] });
  });
}

const TOLD = `CREATE TABLE told (reservation_id BIGINT NOT NULL, member_id BIGINT NOT NULL, state VARCHAR(20) NOT NULL,
  PRIMARY KEY (reservation_id, state)) ENGINE = InnoDB`;
const MISTOLD = `SELECT r.id, t.member_id AS told FROM reservation r LEFT JOIN told t ON t.reservation_id = r.id AND t.state = 'PENDING'
  WHERE t.member_id IS NULL OR t.member_id <> r.member_id`;

function safeStrategies(): LockStrategyName[] {
  const safe = Object.values(lockStrategies).filter(({ guarantees }) => guarantees.noLostUpdate);
  return safe.map(({ name }) => name as LockStrategyName);
}

function open({ database }: ReservationScene, strategy: LockStrategyName): Reservations {
  return createReservations({
    database,
    strategy,
    redisUrl: testRedis(),
    conflictRetry: { retries: 2000, baseMs: 5, capMs: 100 },
    recordChanges: (changes) => [
      {
        sql: `INSERT INTO told VALUES ${changes.map(() => '(?, ?, ?)').join(', ')}`,
        values: changes.flatMap(({ reservationId, memberId, to }) => [reservationId, memberId, to]),
      },
    ],
  });
}

async function reserveOn(
  scene: ReservationScene,
  { place, strategy }: { place: number; strategy: LockStrategyName },
): Promise<void> {
  const [first, second] = [place * 2 + 1, place * 2 + 2];
  const reservations = open(scene, strategy);
  const asks = Array.from({ length: AT_ONCE }, (_, index) => {
    const more = { memberId: index + 1, partySize: 1, idempotencyKey: `${strategy}-${index}` };
    if (index % 10 === 9) return { ...more, slots: [{ slotId: first }, { slotId: second }] };
    return { ...more, slotId: index % 3 === 0 ? second : first, holdTtlMs: index % 5 === 4 ? 1 : undefined };
  });
  const outcomes = await Promise.all(asks.map((ask) => reservations.reserve(ask)));
  await expectOwnIds(scene, asks, outcomes);
  expect(await scene.database.query(MISTOLD)).toEqual([]);
  const again = await Promise.all(asks.map((ask) => reservations.reserve(ask)));
  expect(again).toMatchObject(outcomes);
  const { reservationId } = outcomes[0] as { reservationId: number };
  expect(await reservations.cancel({ reservationId, memberId: 1 })).toMatchObject({ kind: 'cancelled' });
  expect(await reservations.expireDue({ limit: 100 })).toMatchObject({ expired: 2 });
  await reservations.close();
}

/** Each request was granted, with the id of the row that has its key and member. */
async function expectOwnIds(
  { database }: ReservationScene,
  asks: readonly { idempotencyKey: string; memberId: number }[],
  outcomes: readonly { kind: string; reservationId?: number }[],
): Promise<void> {
  const rows = await database.query<{ id: number; key: string; memberId: number }>(
    'SELECT id, idempotency_key AS `key`, member_id AS memberId FROM reservation WHERE idempotency_key IS NOT NULL',
  );
  const own = new Map(rows.map(({ id, key, memberId }) => [key, { kind: 'reserved', reservationId: id, memberId }]));
  const wanted = asks.map(({ idempotencyKey }) => own.get(idempotencyKey));
  expect(outcomes.map((outcome, index) => ({ ...outcome, memberId: asks[index]!.memberId }))).toMatchObject(wanted);
  expect(wanted).not.toContain(undefined);
}

/** Three guests pay, and one of them cancels. Money and seats agree. */
export async function tourSaga(server: TestServer): Promise<void> {
  await withSaga(server, {}, async (scene) => {
    const ids: number[] = [];
    for (const member of [1, 2, 3]) ids.push(await scene.reserve(1, member));
    for (const id of ids) await scene.until(id, ({ status }) => status === 'CONFIRMED');
    await scene.reservations.cancel({ reservationId: ids[0]!, memberId: 1 });
    await scene.until(ids[0]!, ({ compensation }) => compensation === 'REFUNDED');
    await scene.until(ids[1]!, ({ payment }) => payment === 'PAID');
    expect(await agree(scene)).toEqual([]);
    expect(await checkInvariants(scene.database)).toMatchObject({ ok: true, violations: [] });
  });
}

async function agree({ database, payments, reservations, provider }: SagaScene): Promise<string[]> {
  const gateway = createHttpGateway({ url: provider.url, timeoutMs: 1000 });
  const databases = { reservationDatabase: database, paymentDatabase: payments };
  const { classes } = await reconcile({ ...databases, reservations, gateway, olderThanMs: 0 });
  return classes.filter(({ found }) => found > 0).map(({ name }) => name);
}
