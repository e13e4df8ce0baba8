import { type Check, expectEqual, expectError } from './check.js';
import type { SuiteScene } from './suite-scene.js';

/** The answers to one caller after another. */
export const answerChecks: readonly Check[] = [
  {
    name: 'writes one pending reservation of the slot, member, party and key, and takes its seat',
    run: async (scene) => {
      const [slotId] = (await scene.addSlots(1, 2)) as [number];
      const outcome = await scene
        .open()
        .reserve({ slotId, memberId: 7, partySize: 3, idempotencyKey: keyOf(scene, 1) });
      const { count, reservations } = await scene.look(slotId);
      const [{ id, ...row }] = reservations as [(typeof reservations)[number]];
      expectEqual('the outcome', outcome, { kind: 'reserved', reservationId: id });
      const key = { idempotencyKey: keyOf(scene, 1), groupId: null, expires: 0 };
      expectEqual('the row', row, { memberId: 7, partySize: 3, seats: 1, status: 'PENDING', ...key });
      expectEqual('count and rows', [count, reservations.length], [1, 1]);
      return `reservation ${id}`;
    },
  },
  {
    name: 'answers sold-out when there are too few seats, and writes nothing',
    run: async (scene) => {
      const [slotId] = (await scene.addSlots(1, 3)) as [number];
      const reservations = scene.open({ seatsPer: 'guest' });
      await reservations.reserve({ slotId, memberId: 1, partySize: 2, idempotencyKey: keyOf(scene, 1) });
      const refused = await reservations.reserve({
        slotId,
        memberId: 2,
        partySize: 2,
        idempotencyKey: keyOf(scene, 2),
      });
      expectEqual('two more of three seats', refused, { kind: 'sold-out' });
      const last = await reservations.reserve({ slotId, memberId: 3, partySize: 1, idempotencyKey: keyOf(scene, 3) });
      expectEqual('the last seat', last.kind, 'reserved');
      await expectTaken(scene, slotId, { count: 3, rows: 2 });
      return 'one refused, the last seat still sold';
    },
  },
  {
    name: 'answers duplicate with the reservation that the member holds, and writes nothing',
    run: async (scene) => {
      const [slotId] = (await scene.addSlots(1, 5)) as [number];
      const reservations = scene.open();
      const request = { slotId, memberId: 1, partySize: 1 };
      const first = await reservations.reserve({ ...request, idempotencyKey: keyOf(scene, 1) });
      const second = await reservations.reserve({ ...request, idempotencyKey: keyOf(scene, 2) });
      expectEqual('the second', second, { ...first, kind: 'duplicate' });
      await expectTaken(scene, slotId, { count: 1, rows: 1 });
      return 'one reservation';
    },
  },
  {
    name: 'answers duplicate, not sold-out, to a member who holds the last seat',
    run: async (scene) => {
      const [slotId] = (await scene.addSlots(1, 1)) as [number];
      const reservations = scene.open();
      const request = { slotId, memberId: 1, partySize: 1 };
      await reservations.reserve({ ...request, idempotencyKey: keyOf(scene, 1) });
      const second = await reservations.reserve({ ...request, idempotencyKey: keyOf(scene, 2) });
      expectEqual('the second', second.kind, 'duplicate');
      return 'duplicate';
    },
  },
  {
    name: 'lets a member reserve again who cancelled',
    run: async (scene) => {
      const [slotId] = (await scene.addSlots(1, 1)) as [number];
      const reservations = scene.open();
      const request = { slotId, memberId: 1, partySize: 1 };
      const first = await reservations.reserve({ ...request, idempotencyKey: keyOf(scene, 1) });
      await reservations.cancel({ memberId: 1, reservationId: idOf(first) });
      const second = await reservations.reserve({ ...request, idempotencyKey: keyOf(scene, 2) });
      expectEqual('the second', second.kind, 'reserved');
      await expectTaken(scene, slotId, { count: 1, rows: 2 });
      return 'reserved twice, one seat';
    },
  },
  {
    name: 'answers the same key and request with the same reservation, on a full slot and after its end',
    run: async (scene) => {
      const [slotId] = (await scene.addSlots(1, 1)) as [number];
      const reservations = scene.open();
      const request = { slotId, memberId: 1, partySize: 1, idempotencyKey: keyOf(scene, 1) };
      const first = await reservations.reserve(request);
      expectEqual('on the full slot', await reservations.reserve(request), first);
      await reservations.cancel({ memberId: 1, reservationId: idOf(first) });
      expectEqual('after it was cancelled', await reservations.reserve(request), first);
      await expectTaken(scene, slotId, { count: 0, rows: 1 });
      return 'the same three times';
    },
  },
  {
    name: 'refuses a key that made another request',
    run: async (scene) => {
      const [slotId, other] = (await scene.addSlots(2, 5)) as [number, number];
      const reservations = scene.open();
      const request = { slotId, memberId: 1, partySize: 1, idempotencyKey: keyOf(scene, 1) };
      await reservations.reserve(request);
      const differences = [{ memberId: 2 }, { partySize: 2 }, { slotId: other }];
      for (const difference of differences) {
        const again = reservations.reserve({ ...request, ...difference });
        await expectError(JSON.stringify(difference), again, 'IDEMPOTENCY_KEY_REUSED');
      }
      const both = { ...request, slots: [{ slotId }, { slotId: other }] };
      await expectError('two slots', reservations.reserve(both), 'IDEMPOTENCY_KEY_REUSED');
      await expectTaken(scene, slotId, { count: 1, rows: 1 });
      await expectTaken(scene, other, { count: 0, rows: 0 });
      return 'four other requests refused';
    },
  },
  {
    name: 'grants a key that was refused before, once there are seats',
    run: async (scene) => {
      const [slotId] = (await scene.addSlots(1, 1)) as [number];
      const reservations = scene.open();
      const first = await reservations.reserve({ slotId, memberId: 1, partySize: 1, idempotencyKey: keyOf(scene, 1) });
      const request = { slotId, memberId: 2, partySize: 1, idempotencyKey: keyOf(scene, 2) };
      expectEqual('while it is full', await reservations.reserve(request), { kind: 'sold-out' });
      await reservations.cancel({ memberId: 1, reservationId: idOf(first) });
      expectEqual('afterwards', (await reservations.reserve(request)).kind, 'reserved');
      return 'sold-out, then reserved';
    },
  },
  {
    name: 'refuses a slot that does not exist, also one that is gone since it was last reserved',
    run: async (scene) => {
      const [slotId, kept] = (await scene.addSlots(2, 5)) as [number, number];
      const reservations = scene.open();
      const request = { memberId: 1, partySize: 1, idempotencyKey: keyOf(scene, 1) };
      await expectError('never there', reservations.reserve({ ...request, slotId: kept + 1_000_000 }), 'UNKNOWN_SLOT');
      await reservations.reserve({ ...request, slotId });
      await scene.removeSlot(slotId);
      const again = { ...request, memberId: 2, idempotencyKey: keyOf(scene, 2), slotId };
      await expectError('gone', reservations.reserve(again), 'UNKNOWN_SLOT');
      return 'both refused';
    },
  },
  {
    name: 'refuses a party larger than the slot ever takes',
    run: async (scene) => {
      const [slotId] = (await scene.addSlots(1, 3)) as [number];
      const request = { slotId, memberId: 1, partySize: 4, idempotencyKey: keyOf(scene, 1) };
      await expectError('by guest', scene.open({ seatsPer: 'guest' }).reserve(request), 'PARTY_TOO_LARGE');
      await expectTaken(scene, slotId, { count: 0, rows: 0 });
      expectEqual('by party', (await scene.open().reserve(request)).kind, 'reserved');
      return 'refused by guest, reserved by party';
    },
  },
  {
    name: 'takes one seat a party, or one a guest',
    run: async (scene) => {
      const [byParty, byGuest] = (await scene.addSlots(2, 10)) as [number, number];
      const request = { memberId: 1, partySize: 4 };
      await scene.open().reserve({ ...request, slotId: byParty, idempotencyKey: keyOf(scene, 1) });
      await scene.open({ seatsPer: 'guest' }).reserve({ ...request, slotId: byGuest, idempotencyKey: keyOf(scene, 2) });
      await expectTaken(scene, byParty, { count: 1, rows: 1 });
      await expectTaken(scene, byGuest, { count: 4, rows: 1 });
      return '1 seat, 4 seats';
    },
  },
];

/** A key that no other run of the suite on the same database has. */
export function keyOf(scene: SuiteScene, place: number): string {
  return `${scene.keyPrefix}-${place}`;
}

/**
 * The reservation of an outcome.
 *
 * @throws Error when there is none.
 */
export function idOf(outcome: { kind: string; reservationId?: number }): number {
  if (outcome.reservationId === undefined) throw new Error(`${outcome.kind} instead of a reservation`);
  return outcome.reservationId;
}

/** @throws Error unless the slot has this count, and this many reservations in any state. */
export async function expectTaken(
  scene: SuiteScene,
  slotId: number,
  expected: { count: number; rows: number },
): Promise<void> {
  const { count, reservations } = await scene.look(slotId);
  expectEqual('count and reservations of the slot', { count, rows: reservations.length }, expected);
}
