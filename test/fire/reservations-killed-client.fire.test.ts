import { setTimeout as sleep } from 'node:timers/promises';

import type { LockStrategyName, ReservationRequest } from 'tablepick/reservations';
import { describe, expect, it } from 'vitest';

import { fireRandom } from '../support/fire-random.js';
import { isShare } from '../support/fire-share.js';
import { type RequestEnd, type RequestJob, type RequestProcess, startRequests } from '../support/request-process.js';
import { askFor, claimingStrategies, expectInvariants, upTo } from '../support/reservation-fire.js';
import { type ReservationScene, withReservationScene } from '../support/reservation-scene.js';
import { testRedis, testServers } from '../support/servers.js';

const kills = isShare ? 1 : 20;
const requestsOfProcess = isShare ? 300 : 900;
const atOnce = 150;
const random = fireRandom();

describe.each(testServers())('processes that reserve on $name', (server) => {
  it.each(claimingStrategies)(
    'are killed under %s at any moment: repeated, each request has one effect',
    async (strategy) => {
      await withReservationScene(server, { slots: 3, capacity: 10_000 }, async (scene) => {
        const undisturbed = await playRound(scene, strategy, { round: 0, killAfterMs: undefined });
        let halfway = 0;
        for (const round of upTo(kills)) {
          const { written } = await playRound(scene, strategy, { round, killAfterMs: random() * undisturbed.tookMs });
          if (written > 0 && written < requestsOfProcess) halfway += 1;
        }
        console.log(
          `${server.name}, ${strategy}: ${kills} kills, ${halfway} of them with a part of the requests written`,
        );
        await expectInvariants(scene.database);
      });
    },
  );

  it.each(claimingStrategies)('share a hot slot under %s: no seat is sold twice, none is lost', async (strategy) => {
    await withReservationScene(server, { slots: 1, capacity: 350 }, async (scene) => {
      const ofAll = upTo(50).map((member) => askFor(1, member));
      const processes = upTo(4).map((process) => {
        const own = upTo(100).map((member) => askFor(1, process * 1000 + member));
        return startRequests(jobOf(scene, strategy, [...own, ...ofAll]));
      });
      const [first, ...others] = await tellAll(processes);
      for (const told of others) {
        const answers = ofAll.map(({ idempotencyKey }) => told.get(idempotencyKey));
        expect(answers).toEqual(ofAll.map(({ idempotencyKey }) => first?.get(idempotencyKey)));
      }
      const ends = new Map([first, ...others].flatMap((told) => [...(told ?? [])]));
      const kinds = [...ends.values()].map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'reserved')).toHaveLength(350);
      expect(kinds.filter((kind) => kind === 'sold-out')).toHaveLength(100);
      expect(await rowsOf(scene)).toBe(350);
      await expectInvariants(scene.database);
    });
  });
});

function jobOf(
  { url }: ReservationScene,
  strategy: LockStrategyName,
  requests: readonly ReservationRequest[],
): RequestJob {
  const conflictRetry = { retries: 2000, baseMs: 5, capMs: 100 };
  return { url, poolSize: 8, strategy, redisUrl: testRedis(), conflictRetry, requests, atOnce };
}

async function tellAll(processes: readonly RequestProcess[]): Promise<ReadonlyMap<string, RequestEnd>[]> {
  await Promise.all(processes.map(({ ready }) => ready));
  for (const { begin } of processes) begin();
  return Promise.all(processes.map(({ told }) => told));
}

/** Hundreds of requests of one process, which is killed, and again of another, which is not. */
async function playRound(
  scene: ReservationScene,
  strategy: LockStrategyName,
  { round, killAfterMs }: { round: number; killAfterMs: number | undefined },
): Promise<{ tookMs: number; written: number }> {
  const requests = upTo(requestsOfProcess).map((n) => askFor(1 + (n % 3), round * 1000 + n));
  const job = jobOf(scene, strategy, requests);
  const before = await rowsOf(scene);
  const disturbed = startRequests(job);
  await disturbed.ready;
  const began = performance.now();
  disturbed.begin();
  if (killAfterMs !== undefined) void sleep(killAfterMs).then(disturbed.kill);
  const acknowledged = await disturbed.told;
  const tookMs = disturbed.toldAtMs() - began;
  const written = (await rowsOf(scene)) - before;
  const [repeated] = await tellAll([startRequests(job)]);
  expect(requests.map(({ idempotencyKey }) => repeated?.get(idempotencyKey)?.kind)).toEqual(
    requests.map(() => 'reserved'),
  );
  for (const [key, end] of acknowledged) expect(repeated?.get(key)).toEqual(end);
  expect(await rowsOf(scene)).toBe(before + requestsOfProcess);
  return { tookMs, written };
}

async function rowsOf({ database }: ReservationScene): Promise<number> {
  const [row] = await database.query<{ n: number }>('SELECT COUNT(*) AS n FROM reservation');
  return row!.n;
}
