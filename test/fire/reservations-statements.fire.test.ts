import { setTimeout as sleep } from 'node:timers/promises';

import type { Reservations } from 'tablepick/reservations';
import { describe, expect, it } from 'vitest';

import { fireRandom } from '../support/fire-random.js';
import { isShare } from '../support/fire-share.js';
import {
  type ReservationFire,
  askFor,
  claimingStrategies,
  endOf,
  upTo,
  withReservationFire,
} from '../support/reservation-fire.js';
import { createSaid, expectSaidOnce, sayChanges } from '../support/said-changes.js';
import { testServers } from '../support/servers.js';

const random = fireRandom();
/** A share breaks one statement in so many. */
const step = isShare ? 20 : 1;
const scene = { slots: 2, capacity: 1000, poolSize: 3 };

type Break = (proxy: ReservationFire['proxy'], statement: number) => Promise<void>;

const breaks: [string, Break][] = [
  ['its connection cut before the server gets it', (proxy, statement) => proxy.cutNext(/^/, 'before', statement)],
  ['its connection cut after the server answered', (proxy, statement) => proxy.cutNext(/^/, 'after', statement)],
  ...[1205, 1213, 1020].map((errno): [string, Break] => [
    `error ${errno}`,
    (proxy, statement) => proxy.failNext(errno, /^/, statement),
  ]),
];

describe.each(testServers())('any statement on $name', (server) => {
  describe.each(claimingStrategies)('of %s', (strategy) => {
    it.each(breaks)('may have %s: all is done once and everybody is answered', async (_, breakNext) => {
      await withReservationFire(server, scene, async ({ database, open, proxy, run }) => {
        await createSaid(run);
        let statements = Math.floor(random() * step);
        while (await breakOne({ open, proxy, strategy }, breakNext, statements)) statements += step;
        // Finding slots, a transaction alone, one of two slots, one of several claims, two ends: at least.
        expect(statements).toBeGreaterThan(25);
        await expectSaidOnce(database);
      });
    });

    it('may fail for good: whoever was refused may ask again with the same key', async () => {
      await withReservationFire(server, scene, async ({ open, proxy }) => {
        for (let statement = Math.floor(random() * step); ; statement += step) {
          const reservations = open({ strategy });
          const failed = { yes: false };
          void proxy.failNext(1105, /^/, statement).then(() => (failed.yes = true));
          const ask = () => reservations.reserve(askFor(1, statement + 1));
          const end = await endOf(ask());
          if (!failed.yes) return;
          expect(['reserved', 'QUERY_FAILED']).toContain(end);
          expect(await endOf(ask())).toBe('reserved');
        }
      });
    });
  });
});

/** True when the life of some reservations took more than `statement` statements. */
async function breakOne(
  {
    open,
    proxy,
    strategy,
  }: Pick<ReservationFire, 'open' | 'proxy'> & { strategy: (typeof claimingStrategies)[number] },
  breakNext: Break,
  statement: number,
): Promise<boolean> {
  let isBroken = false;
  void breakNext(proxy, statement).then(() => (isBroken = true));
  await liveOnce(open({ strategy, recordChanges: sayChanges }), (statement + 1) * 10);
  return isBroken;
}

async function liveOnce(reservations: Reservations, member: number): Promise<void> {
  const ask = (slotId: number, n: number, holdTtlMs?: number) =>
    reservations.reserve({ ...askFor(slotId, member + n), holdTtlMs });
  const slots = [{ slotId: 2 }, { slotId: 1 }];
  const made = [
    await ask(1, 0),
    await reservations.reserve({ slots, memberId: member + 1, partySize: 1, idempotencyKey: `both-${member}` }),
    ...(await Promise.all([ask(2, 2), ask(2, 3, 1), ask(2, 4, 1), ask(2, 5, 1)])),
  ];
  expect(made.map(({ kind }) => kind)).toEqual(upTo(6).map(() => 'reserved'));
  const [alone, both, , due] = made as { reservationId: number }[];
  await sleep(2);
  // After a lost COMMIT answer a second try finds what the first one did.
  expect((await reservations.confirm(both!)).kind).toMatch(/^(already-)?confirmed$/);
  expect((await reservations.cancel({ ...alone!, memberId: member })).kind).toMatch(/^(already-)?cancelled$/);
  expect((await reservations.expire(due!)).kind).toMatch(/^(already-)?expired$/);
  const swept = await reservations.expireDue();
  expect(swept.more).toBe(false);
  expect(swept.expired).toBeLessThanOrEqual(2);
  expect(await reservations.expireDue()).toEqual({ expired: 0, more: false });
}
