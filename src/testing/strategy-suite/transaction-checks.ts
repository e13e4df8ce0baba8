import { setTimeout as sleep } from 'node:timers/promises';

import type { Statement } from '../../reservations/index.js';
import { expectTaken, idOf, keyOf } from './answer-checks.js';
import { type Check, expectEqual, expectError } from './check.js';
import type { SuiteScene } from './suite-scene.js';

const RAISE_VERSION = 'UPDATE {slot} SET {slot.version} = {slot.version} + 1000 WHERE {slot.id} = ?';
const HOLD_MS = 30;

/**
 * Things that are written together or not at all: several slots, a withdrawn request, holds, and the service's records.
 */
export const transactionChecks: readonly Check[] = [
  {
    name: 'reserves several slots as one, in any order of naming them',
    run: async (scene) => {
      const ids = await scene.addSlots(3, 2);
      const slots = [ids[2]!, ids[0]!, ids[1]!].map((slotId) => ({ slotId }));
      const request = { slots, memberId: 1, partySize: 2, idempotencyKey: keyOf(scene, 1) };
      const reservations = scene.open();
      const first = await reservations.reserve(request);
      expectEqual('again', await reservations.reserve({ ...request, slots: slots.toReversed() }), first);
      const groups = new Set<number | null>();
      for (const slotId of ids) {
        const state = await scene.look(slotId);
        expectEqual('count', state.count, 1);
        for (const { groupId } of state.reservations) groups.add(groupId);
      }
      expectEqual('their group', [...groups], [idOf(first)]);
      return 'three slots, one group';
    },
  },
  {
    name: 'reserves none of several slots when one is full, held by the member, or gone',
    run: async (scene) => {
      const [free, full, gone] = (await scene.addSlots(3, 1)) as [number, number, number];
      const reservations = scene.open();
      await reservations.reserve({ slotId: full, memberId: 1, partySize: 1, idempotencyKey: keyOf(scene, 1) });
      const request = { slots: [{ slotId: free }, { slotId: full }], partySize: 1 };
      const soldOut = await reservations.reserve({ ...request, memberId: 2, idempotencyKey: keyOf(scene, 2) });
      expectEqual('one full', soldOut, { kind: 'sold-out' });
      const duplicate = await reservations.reserve({ ...request, memberId: 1, idempotencyKey: keyOf(scene, 3) });
      expectEqual('one held', duplicate.kind, 'duplicate');
      await expectGone(scene, { free, gone });
      await expectTaken(scene, free, { count: 0, rows: 0 });
      return 'nothing written on the free one';
    },
  },
  {
    name: 'ends several slots as one',
    run: async (scene) => {
      const ids = await scene.addSlots(2, 1);
      const reservations = scene.open();
      const slots = ids.map((slotId) => ({ slotId }));
      const made = await reservations.reserve({ slots, memberId: 1, partySize: 1, idempotencyKey: keyOf(scene, 1) });
      const second = (await scene.look(ids[1]!)).reservations[0]!.id;
      expectEqual('the second one', await reservations.cancel({ reservationId: second, memberId: 1 }), {
        kind: 'cancelled',
      });
      const first = await reservations.cancel({ reservationId: idOf(made), memberId: 1 });
      expectEqual('the first one afterwards', first, { kind: 'already-cancelled' });
      for (const slotId of ids) await expectTaken(scene, slotId, { count: 0, rows: 1 });
      return 'both given back by one';
    },
  },
  {
    name: 'writes nothing when the signal has fired before',
    run: async (scene) => {
      const [slotId] = (await scene.addSlots(1, 1)) as [number];
      const request = { slotId, memberId: 1, partySize: 1, idempotencyKey: keyOf(scene, 1) };
      const reservations = scene.open();
      // The slot is known from here on, so that only the strategy stops the request.
      expectEqual('before', (await reservations.resolve(request)).kind, 'not-reserved');
      await expectError('aborted', reservations.reserve(request, { signal: AbortSignal.abort() }), 'ABORTED');
      await expectTaken(scene, slotId, { count: 0, rows: 0 });
      expectEqual('without it', (await reservations.reserve(request)).kind, 'reserved');
      return 'aborted, then reserved';
    },
  },
  {
    name: "gives a hold's seat back when its time is over by the database's clock, and not before",
    run: async (scene) => {
      const [slotId] = (await scene.addSlots(1, 2)) as [number];
      const reservations = scene.open();
      const hold = { slotId, partySize: 1 };
      const long = { ...hold, memberId: 1, idempotencyKey: keyOf(scene, 1), holdTtlMs: 3_600_000 };
      const short = { ...hold, memberId: 2, idempotencyKey: keyOf(scene, 2), holdTtlMs: HOLD_MS };
      const ids = [idOf(await reservations.reserve(long)), idOf(await reservations.reserve(short))];
      await sleep(3 * HOLD_MS);
      expectEqual('the long one', await reservations.expire({ reservationId: ids[0]! }), { kind: 'not-due' });
      expectEqual('the short one', await reservations.confirm({ reservationId: ids[1]! }), { kind: 'expired' });
      await reservations.expireDue();
      const { count, reservations: rows } = await scene.look(slotId);
      expectEqual('count', count, 1);
      expectEqual(
        'states',
        rows.map(({ status, expires }) => [status, expires]),
        [
          ['PENDING', 1],
          ['EXPIRED', 1],
        ],
      );
      return 'one expired, one kept';
    },
  },
  {
    name: 'writes what the service records in the same transaction, once a change, or neither',
    run: async (scene) => {
      const [slotId, other] = (await scene.addSlots(2, 5)) as [number, number];
      const seen: unknown[] = [];
      const recording = scene.open({
        recordChanges: (changes) => {
          seen.push(...changes.map(({ slotId: id, memberId, from, to }) => [id, memberId, from, to]));
          return changes.map((change): Statement => ({ sql: RAISE_VERSION, values: [change.slotId] }));
        },
      });
      const request = {
        slots: [{ slotId }, { slotId: other }],
        memberId: 1,
        partySize: 1,
        idempotencyKey: keyOf(scene, 1),
      };
      await recording.reserve(request);
      expectEqual('changes', seen, [
        [slotId, 1, null, 'PENDING'],
        [other, 1, null, 'PENDING'],
      ]);
      for (const id of [slotId, other]) expectEqual('recorded', Math.floor((await scene.look(id)).version / 1000), 1);
      const failing = scene.open({
        recordChanges: () => [{ sql: 'INSERT INTO no_such_table VALUES (1)', values: [] }],
      });
      const failure = failing.reserve({ slotId, memberId: 2, partySize: 1, idempotencyKey: keyOf(scene, 2) });
      expectEqual(
        'a record that fails',
        await failure.then(
          ({ kind }) => kind,
          () => 'failed',
        ),
        'failed',
      );
      await expectTaken(scene, slotId, { count: 1, rows: 1 });
      return 'recorded once; what could not be recorded was not reserved';
    },
  },
];

async function expectGone(scene: SuiteScene, { free, gone }: { free: number; gone: number }): Promise<void> {
  const slots = [{ slotId: free }, { slotId: gone }];
  const reservations = scene.open();
  // The reservations know both slots by now.
  await reservations.reserve({ slotId: gone, memberId: 8, partySize: 1, idempotencyKey: keyOf(scene, 8) });
  await scene.removeSlot(gone);
  const request = { slots, memberId: 9, partySize: 1, idempotencyKey: keyOf(scene, 9) };
  await expectError('one gone', reservations.reserve(request), 'UNKNOWN_SLOT');
}
