import pLimit from 'p-limit';
import { createHttpGateway, signCallback } from 'tablepick/payments';
import { reconcile } from 'tablepick/reconcile';
import { checkInvariants } from 'tablepick/reservations';
import { seededRandom } from 'tablepick/testing';
import { describe, expect, it } from 'vitest';

import { fireRandom } from '../support/fire-random.js';
import { enginesUnderFire, isShare } from '../support/fire-share.js';
import { SECRET, type SagaScene, withSaga } from '../support/saga-scene.js';
import { testServer } from '../support/servers.js';
import { type SaidPayment, type WrongPayment, wrongPayments } from '../support/wrong-payments.js';

const random = fireRandom();
const rounds = isShare ? 1 : 10;
const limit = pLimit(12);
const MINUTE_MS = 60_000;

// The provider takes the money and calls nobody back: who does is this test.
const gateway = { callbackDelayMs: 1, faults: { lostCallbackRate: 1 } };

/** A payment that waits for its callback, and something wrong that is said of it. */
interface Target {
  right: SaidPayment;
  wrong: WrongPayment;
}

describe.each(enginesUnderFire('mariadb'))('callbacks with every field wrong on %s', (engine) => {
  it.each(Array.from({ length: rounds }, (_, round) => round))(
    'round %i: settle nothing, and block nothing',
    async () => {
      const chance = seededRandom(Math.floor(random() * 2 ** 31));
      await withSaga(testServer(engine), { capacity: 200, gateway }, async (scene) => {
        const { targets, bystander } = await prepare(scene);
        await limit.map(shuffled(targets, chance), async ({ wrong: { said } }) => {
          expect([200, 422, 404, 409]).toContain(await call(scene, said));
        });
        expect(await countSettled(scene)).toEqual({ paid: 0, confirmed: 0 });
        await limit.map(shuffled(targets, chance), ({ right }) => callUnsigned(scene, right));
        expect(await countSettled(scene)).toEqual({ paid: 0, confirmed: 0 });
        const said = targets.flatMap(({ right, wrong }) => [wrong.said, { ...right }, { ...right }, wrong.said]);
        await limit.map(shuffled(said, chance), async (each) => void (await call(scene, each)));
        await call(scene, bystander);
        await expectAllRight(scene, targets);
      });
    },
  );
});

/**
 * One reservation for each thing that may be wrong, and one beside them, each asked for at the provider, which has
 * named its payment.
 */
async function prepare(scene: SagaScene): Promise<{ targets: Target[]; bystander: SaidPayment }> {
  const most = wrongPayments(blank(1), blank(2)).length + 1;
  const ids: number[] = [];
  for (let member = 1; member <= most; member += 1) {
    ids.push(await scene.reserve(1 + (member % 4), member, { partySize: 4, holdTtlMs: 60 * MINUTE_MS }));
  }
  for (let named = 0; named < most;) {
    const sql = "SELECT COUNT(*) AS named FROM payment WHERE status = 'READY' AND provider_id IS NOT NULL";
    named = (await scene.payments.query<{ named: number }>(sql))[0]!.named;
  }
  const rights = await Promise.all(ids.map((id) => readRight(scene, id)));
  const [bystander, ...others] = rights as [SaidPayment, ...SaidPayment[]];
  const targets = others.map((right, index) => ({ right, wrong: wrongPayments(right, bystander)[index]! }));
  return { targets, bystander };
}

function shuffled<T>(items: readonly T[], chance: () => number): T[] {
  return items
    .map((item) => ({ item, place: chance() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

function blank(reservationId: number): SaidPayment {
  const providerId = `pay_${reservationId}`;
  return { reservationId, providerId, amount: 20_000, currency: 'KRW', kind: 'payment', state: 'approved' };
}

async function readRight({ payments }: SagaScene, reservationId: number): Promise<SaidPayment> {
  const sql = 'SELECT provider_id AS providerId FROM payment WHERE reservation_id = ?';
  const [row] = await payments.query<{ providerId: string }>(sql, [reservationId]);
  return { ...blank(reservationId), providerId: row!.providerId };
}

const JSON_BODY = { 'Content-Type': 'application/json' };

async function call({ callbackUrl }: SagaScene, said: object): Promise<number> {
  const body = JSON.stringify(said);
  const headers = { ...JSON_BODY, 'Tablepick-Signature': signCallback(body, SECRET, new Date()) };
  const answer = await fetch(callbackUrl, { method: 'POST', body, headers });
  await answer.text();
  return answer.status;
}

/** The right words under a signature that is somebody else's, too old, too new, or of other words. */
async function callUnsigned({ callbackUrl }: SagaScene, right: SaidPayment): Promise<void> {
  const body = JSON.stringify(right);
  const now = Date.now();
  const signatures = [
    signCallback(body, 'guessed', new Date()),
    signCallback(body, SECRET, new Date(now - 10 * MINUTE_MS)),
    signCallback(body, SECRET, new Date(now + 10 * MINUTE_MS)),
    signCallback(JSON.stringify({ ...right, reservationId: right.reservationId + 1 }), SECRET, new Date()),
  ];
  for (const signature of signatures) {
    const answer = await fetch(callbackUrl, {
      method: 'POST',
      body,
      headers: { ...JSON_BODY, 'Tablepick-Signature': signature },
    });
    await answer.text();
    expect(answer.status).toBe(401);
  }
}

async function countSettled({ payments, database }: SagaScene): Promise<{ paid: number; confirmed: number }> {
  const [money] = await payments.query<{ paid: number }>(
    "SELECT COUNT(*) AS paid FROM payment WHERE status <> 'READY'",
  );
  const sql = "SELECT COUNT(*) AS confirmed FROM reservation WHERE status <> 'PENDING'";
  const [seats] = await database.query<{ confirmed: number }>(sql);
  return { paid: money!.paid, confirmed: seats!.confirmed };
}

/**
 * Every payment that was called back rightly is PAID with the money that was really taken, and what was noted meanwhile
 * is removed.
 */
async function expectAllRight(scene: SagaScene, targets: readonly Target[]): Promise<void> {
  const { database, payments, reservations, provider } = scene;
  for (const { right, wrong } of targets) {
    const row = await scene.until(right.reservationId, ({ status }) => status !== 'PENDING');
    const isRight = { status: 'CONFIRMED', heard: 'PAID', compensation: null, payment: 'PAID' };
    expect([wrong.title, row]).toEqual([wrong.title, isRight]);
  }
  const taken = new Map(
    provider.ledger().map(({ reservationId, charged, refunded }) => [reservationId, charged - refunded]),
  );
  for (const { right } of targets) expect(taken.get(right.reservationId)).toBe(right.amount);
  expect((await checkInvariants(database)).violations).toEqual([]);
  const asked = createHttpGateway({ url: provider.url });
  try {
    const settings = { reservationDatabase: database, paymentDatabase: payments, reservations, gateway: asked };
    await reconcile({ ...settings, olderThanMs: 0, fix: true });
    const { classes, checked } = await reconcile({ ...settings, olderThanMs: 0 });
    // A relay may be at work that very moment.
    const wrong = classes.filter(({ name, found }) => found > 0 && name !== 'outbox-old');
    expect(wrong).toEqual([]);
    expect(checked.compared).toBe(targets.length + 1);
  } finally {
    asked.close();
  }
}
