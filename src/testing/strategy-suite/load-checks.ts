import type { ReservationOutcome } from '../../reservations/index.js';
import { playTraffic } from '../play-traffic.js';
import { expectTaken, idOf, keyOf } from './answer-checks.js';
import { type Check, expectEqual, expectError, tally } from './check.js';
import type { SuiteScene } from './suite-scene.js';

/** The answers to many callers at once, and the tables afterwards. */
export const loadChecks: readonly Check[] = [
  {
    name: 'answers 150 at once for 100 seats so that nothing is wrong with any answer',
    run: async (scene) => {
      const kinds = await storm(scene, { capacity: 100, clients: 150 });
      await scene.judge();
      return tally(kinds);
    },
  },
  {
    name: 'sells every seat when as many ask at once as there are',
    claimed: 'noLostUpdate',
    run: async (scene) => {
      const kinds = await storm(scene, { capacity: 40, clients: 40 });
      await scene.judge();
      const contended = kinds.filter((kind) => kind === 'contended').length;
      expectEqual('reserved or contended', kinds.filter((kind) => kind === 'reserved').length + contended, 40);
      return tally(kinds);
    },
  },
  {
    name: 'runs into no deadlock when many ask at once for single slots',
    claimed: 'noDeadlock',
    run: async (scene) => {
      const kinds = await storm(scene, { capacity: 60, clients: 100 });
      expectEqual('deadlocks', scene.deadlocks(), 0);
      return tally(kinds);
    },
  },
  {
    name: 'grants one of many requests of one member at once',
    run: async (scene) => {
      const [slotId] = (await scene.addSlots(1, 10)) as [number];
      const reservations = scene.open();
      const outcomes = await Promise.all(
        times(20, (place) =>
          reservations.reserve({ slotId, memberId: 1, partySize: 1, idempotencyKey: keyOf(scene, place) }),
        ),
      );
      await scene.judge();
      return expectOne(scene, slotId, { outcomes, kinds: ['reserved', 'duplicate'] });
    },
  },
  {
    name: 'answers one key that is used many times at once with one reservation',
    run: async (scene) => {
      const [slotId] = (await scene.addSlots(1, 10)) as [number];
      const reservations = scene.open();
      const request = { slotId, memberId: 1, partySize: 1, idempotencyKey: keyOf(scene, 1) };
      const outcomes = await Promise.all(times(20, () => reservations.reserve(request)));
      await scene.judge();
      const ids = new Set(outcomes.flatMap((outcome) => (outcome.kind === 'reserved' ? [idOf(outcome)] : [])));
      expectEqual('reservations told', ids.size, 1);
      return expectOne(scene, slotId, { outcomes, kinds: ['reserved'] });
    },
  },
  {
    name: 'reserves pairs of slots, named in either order at once, all or nothing',
    run: async (scene) => {
      const [one, other] = (await scene.addSlots(2, 30)) as [number, number];
      const reservations = scene.open();
      const pairs = [
        [one, other],
        [other, one],
      ].map((pair) => pair.map((slotId) => ({ slotId })));
      const outcomes = await Promise.all(
        times(60, (place) => {
          const request = { memberId: place, partySize: 1, idempotencyKey: keyOf(scene, place) };
          return reservations.reserve({ slots: pairs[place % 2]!, ...request });
        }),
      );
      await scene.judge();
      const halves = [await scene.look(one), await scene.look(other)].map((state) => state.reservations.length);
      expectEqual('reservations of the second slot', halves[1], halves[0]);
      return `${tally(outcomes.map(({ kind }) => kind))}; ${scene.deadlocks()} deadlocks on the way`;
    },
  },
  {
    name: 'answers what is under way when it is closed, and refuses what comes after',
    run: async (scene) => {
      const [slotId] = (await scene.addSlots(1, 20)) as [number];
      const reservations = scene.open();
      const reserve = (place: number) =>
        reservations.reserve({ slotId, memberId: place, partySize: 1, idempotencyKey: keyOf(scene, place) });
      const underWay = times(20, reserve);
      await reservations.close();
      const answered = scene.history.length;
      await expectError('after it was closed', reserve(21), 'ABORTED');
      expectEqual('answered by then', answered, 20);
      await scene.judge();
      return tally((await Promise.all(underWay)).map(({ kind }) => kind));
    },
  },
  {
    name: 'keeps every promise under random reserving, repeating, cancelling, confirming and expiring at once',
    run: async (scene) => {
      const slotIds = await scene.addSlots(5, 12);
      const { random, keyPrefix } = scene;
      const reservations = scene.open({ seatsPer: 'guest' });
      await playTraffic({ reservations, slotIds, calls: 400, clients: 16, keyPrefix, random });
      await scene.judge();
      return tally(scene.history.map(({ call, outcome }) => `${call} ${outcome.kind}`));
    },
  },
];

/** Members who each want one seat of one slot, all at once. */
async function storm(
  scene: SuiteScene,
  { capacity, clients }: { capacity: number; clients: number },
): Promise<string[]> {
  const [slotId] = (await scene.addSlots(1, capacity)) as [number];
  const reservations = scene.open();
  const outcomes = await Promise.all(
    times(clients, (place) =>
      reservations.reserve({ slotId, memberId: place, partySize: 1, idempotencyKey: keyOf(scene, place) }),
    ),
  );
  return outcomes.map(({ kind }) => kind);
}

/** Only a strategy that may deadlock answers some members that they were in each other's way. */
async function expectOne(
  scene: SuiteScene,
  slotId: number,
  { outcomes, kinds }: { outcomes: readonly ReservationOutcome[]; kinds: readonly string[] },
): Promise<string> {
  const others = outcomes.filter(({ kind }) => !kinds.includes(kind) && kind !== 'contended');
  expectEqual('other outcomes', others, []);
  await expectTaken(scene, slotId, { count: 1, rows: 1 });
  return tally(outcomes.map(({ kind }) => kind));
}

function times<Item>(count: number, make: (place: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index + 1));
}
