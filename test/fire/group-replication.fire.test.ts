import { setTimeout as sleep } from 'node:timers/promises';

import { connect } from 'tablepick/database';
import type { LockStrategyName } from 'tablepick/reservations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { isShare } from '../support/fire-share.js';
import { type ReplicationGroup, startReplicationGroup } from '../support/group-replication.js';
import { type RequestEnd, type RequestProcess, startRequests } from '../support/request-process.js';
import { askFor, expectInvariants, upTo } from '../support/reservation-fire.js';
import { type ReservationScene, withReservationScene } from '../support/reservation-scene.js';

const strategies: LockStrategyName[] = isShare ? ['combining'] : ['combining', 'adaptive', 'atomic', 'pessimistic'];
const requestsOfProcess = isShare ? 150 : 600;
const conflictRetry = { retries: 2000, baseMs: 5, capMs: 100 };

describe('a group of MySQL servers that all take writes', () => {
  let group: ReplicationGroup;

  beforeAll(async () => {
    group = await startReplicationGroup();
  });
  afterAll(() => group?.remove());

  it.each(strategies)(
    'has each caller told the id of its own row under %s, whichever member it asks',
    async (strategy) => {
      await withReservationScene(group.members[0]!, { slots: 3, capacity: requestsOfProcess }, async (scene) => {
        const told = await askEveryMember(scene, strategy);
        expect(countKinds(told)).toEqual({ reserved: 2 * requestsOfProcess, 'sold-out': requestsOfProcess });
        await expectOwnIds(scene.url, told);
      });
    },
  );

  it('loses nothing that was acknowledged when a member is killed', async () => {
    const [survivor, , victim] = group.members as [never, never, ReplicationGroup['members'][number]];
    await withReservationScene(survivor, { slots: 3, capacity: 100_000 }, async (scene) => {
      const told = await askEveryMember(scene, 'combining', async (processes) => {
        await sleep(300);
        await victim.kill();
        // Its member does not come back.
        processes.at(-1)!.kill();
      });
      await expectOwnIds(scene.url, told);
    });
  });

  /**
   * A process at each member, all on the same slots, the first of which only they fill; what they were told, by key.
   */
  async function askEveryMember(
    scene: ReservationScene,
    strategy: LockStrategyName,
    meanwhile: (processes: readonly RequestProcess[]) => Promise<void> = async () => {},
  ): Promise<ReadonlyMap<string, RequestEnd>> {
    await untilEverywhere(scene);
    const processes = group.members.map(({ url }, place) => {
      const address = new URL(url);
      address.pathname = new URL(scene.url).pathname;
      const requests = upTo(requestsOfProcess).map((n) => askFor(n % 3 === 0 ? 2 : 1, place * 10_000 + n));
      return startRequests({ url: address.href, poolSize: 8, strategy, conflictRetry, requests, atOnce: 50 });
    });
    await Promise.all(processes.map(({ ready }) => ready));
    for (const { begin } of processes) begin();
    await meanwhile(processes);
    return new Map((await Promise.all(processes.map(({ told }) => told))).flatMap((told) => [...told]));
  }

  /** The schema that one member was given is on all. */
  async function untilEverywhere(scene: ReservationScene): Promise<void> {
    for (const { url } of group.members) {
      const address = new URL(url);
      address.pathname = new URL(scene.url).pathname;
      for (;;) {
        const slots = await countSlots(address.href).catch(() => 0);
        if (slots === 3) break;
        await sleep(50);
      }
    }
  }
});

async function countSlots(url: string): Promise<number> {
  const database = await connect({ url, poolSize: 1 });
  const [row] = await database
    .query<{ slots: number }>('SELECT COUNT(*) AS slots FROM reservation_slot')
    .finally(() => database.close());
  return row!.slots;
}

function countKinds(told: ReadonlyMap<string, RequestEnd>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of told.values()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** What was acknowledged is there under the id that was told, and no slot has more guests than seats. */
async function expectOwnIds(url: string, told: ReadonlyMap<string, RequestEnd>): Promise<void> {
  const database = await connect({ url, poolSize: 2 });
  const rows = await database.query<{ id: number; key: string }>(
    'SELECT id, idempotency_key AS `key` FROM reservation',
  );
  const ids = new Map(rows.map(({ id, key }) => [key, id]));
  const acknowledged = [...told].filter(([, { kind }]) => kind === 'reserved');
  const wrong = acknowledged.filter(([key, { reservationId }]) => ids.get(key) !== reservationId);
  expect(wrong).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(0);
  await expectInvariants(database);
  await database.close();
}
