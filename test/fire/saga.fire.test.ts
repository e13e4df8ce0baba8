import { setTimeout as sleep } from 'node:timers/promises';

import { notificationGroup, notificationTopics } from 'tablepick/notifications';
import { paymentGroup, paymentTopic, reservationTopic } from 'tablepick/payments';
import { createReservations } from 'tablepick/reservations';
import { recordSaga, reservationGroup } from 'tablepick/saga';
import { type FailpointName, seededRandom } from 'tablepick/testing';
import { describe, expect, it } from 'vitest';

import { type Workers, killNowAndThen, startWorkers } from '../support/fire-workers.js';
import { type Readers, untilQuiet } from '../support/fire-judge.js';
import { fireRandom } from '../support/fire-random.js';
import { enginesUnderFire, isShare } from '../support/fire-share.js';
import { SLOTS, type SagaFire, withSagaFire } from '../support/saga-fire.js';
import { expectAllWell, repairAll } from '../support/saga-judge.js';

const random = fireRandom();
const services = ['reservation', 'payment', 'notifications', 'gateway'];
const rounds = isShare ? 1 : 12;
const ROUND_MS = 8000;
const LANES = 4;
/** Of the whole run some thousand payments are left when the killing ends, and each adds messages before it is done. */
const QUIET_WITHIN_MS = isShare ? 120_000 : 900_000;
const KILLED_AT: readonly FailpointName[] = [
  'relay:before-publish',
  'relay:after-publish',
  'consumer:before-commit',
  'consumer:after-effect',
  'gateway:before-approve',
  'gateway:after-approve',
  'gateway:after-cancel',
  'database:after-commit',
];

const readers: Readers = [
  { group: reservationGroup, topics: [paymentTopic] },
  { group: paymentGroup, topics: [reservationTopic, paymentTopic] },
  { group: notificationGroup, topics: [reservationTopic, ...notificationTopics().map(({ topic }) => topic)] },
];

describe.each(enginesUnderFire('mysql'))('the saga on %s', (engine) => {
  it('ends with the money where the seats are, whatever is killed on the way', async () => {
    await withSagaFire({ engine, seed: seed() }, async (fire) => {
      const workers = await startWorkers('saga-child.mjs', plannedJobs(fire), { mayFail: true });
      const traffic = startTraffic(fire);
      const killing = killNowAndThen(workers, services, {
        random: seededRandom(seed()),
        everyMs: isShare ? 2000 : 3000,
      });
      for (let round = 0; round < rounds; round += 1) {
        await sleep(ROUND_MS * 0.3 * (0.5 + random()));
        await killForAWhile(fire.broker, 500);
        await sleep(ROUND_MS * 0.5 * (0.5 + random()));
        await killForAWhile(fire.server, 300);
      }
      await sleep(ROUND_MS * 0.2);
      await killing.stop();
      const asked = await traffic.stop();
      await fire.repairGateway();
      const outboxes = [fire.reservationDb, fire.paymentDb];
      const becomeQuiet = () => untilQuiet({ transport: fire.transport, outboxes, readers }, QUIET_WITHIN_MS);
      await becomeQuiet();
      const repaired = await repairAll(fire);
      await becomeQuiet();
      const ends = await expectAllWell(fire);
      await workers.stop();
      tell({ workers, asked, repaired, ends });
      expect(ends.CONFIRMED).toBeGreaterThan(0);
    });
  });
});

function seed(): number {
  return Math.floor(random() * 2 ** 31);
}

/** Each service dies at failpoints, too, in its first lives. */
function plannedJobs({ jobs }: SagaFire): SagaFire['jobs'] {
  const rules = KILLED_AT.map((at) => ({ at, does: 'kill', probability: 0.004 }) as const);
  const planned = (job: SagaFire['jobs']['payment']) => {
    return { ...job, plan: { rules, seed: seed() }, plannedRuns: isShare ? 3 : 20 };
  };
  return {
    reservation: planned(jobs.reservation),
    payment: planned(jobs.payment),
    notifications: planned(jobs.notifications),
    gateway: jobs.gateway,
  };
}

async function killForAWhile(server: { kill(): Promise<void>; start(): Promise<void> }, downMs: number): Promise<void> {
  await server.kill();
  await sleep(downMs);
  await server.start();
}

/** Guests who reserve with short and long holds, and of whom some cancel, before they paid or after. */
function startTraffic({ reservationDb }: SagaFire): { stop(): Promise<Record<string, number>> } {
  const reservations = createReservations({ database: reservationDb, recordChanges: recordSaga() });
  const asked: Record<string, number> = {};
  let isOver = false;
  let member = 0;
  const count = async (call: Promise<{ kind: string; reservationId?: number }>) => {
    const end = await call.catch((error: { code?: string }) => ({ kind: error.code ?? String(error) }));
    asked[end.kind] = (asked[end.kind] ?? 0) + 1;
    return 'reservationId' in end ? end.reservationId : undefined;
  };
  const serve = async () => {
    while (!isOver) {
      member += 1;
      const memberId = member;
      const holdTtlMs = random() < 0.3 ? 1000 + Math.floor(random() * 2000) : 600_000;
      const request = { memberId, partySize: 1 + Math.floor(random() * 3), idempotencyKey: `guest-${memberId}` };
      const slotId = 1 + Math.floor(random() * SLOTS);
      const reservationId = await count(reservations.reserve({ slotId, ...request, holdTtlMs }));
      await sleep(random() * (random() < 0.2 ? 1500 : 150));
      if (reservationId === undefined || random() > 0.25) continue;
      await count(reservations.cancel({ reservationId, memberId }));
    }
  };
  const lanes = Array.from({ length: LANES }, serve);
  return {
    stop: async () => {
      isOver = true;
      await Promise.all(lanes);
      await reservations.close();
      return asked;
    },
  };
}

function tell({ workers, ...facts }: { workers: Workers } & Record<string, unknown>): void {
  const triggered = workers.lines
    .filter(({ kind }) => kind === 'triggered')
    .map(({ member, at }) => `${member}@${String(at)}`);
  console.log(JSON.stringify({ ...facts, deaths: workers.deaths(), triggered }));
}
