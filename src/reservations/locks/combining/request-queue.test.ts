import { setImmediate as nextTurn } from 'node:timers/promises';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { locatedRequest } from '../../../../test/support/located-request.js';
import type { LocatedRequest, ReservationOutcome } from '../../reservation.js';
import { MOST_UNDER_WAY, RequestQueue, type RequestQueueOptions } from './request-queue.js';
import type { Answers } from './batch.js';
import type { Turn } from './turn.js';

function membersOf(batch: readonly LocatedRequest[]): number[] {
  return batch.map(({ memberId }) => memberId);
}

function reservedBy({ memberId }: LocatedRequest): ReservationOutcome {
  return { kind: 'reserved', reservationId: memberId };
}

function allReserved(batch: readonly LocatedRequest[]): Answers {
  return new Map(batch.map((located) => [located, reservedBy(located)]));
}

interface Served {
  members: number[];
  turn: Turn;
  /** Ends the batch: all are reserved, unless other answers are given. */
  end: (answers?: Answers) => void;
  fail: (error: unknown) => void;
}

/** A queue whose batches end when the test says so. */
function heldQueue(options: Partial<RequestQueueOptions> = {}): { queue: RequestQueue; batches: Served[] } {
  const batches: Served[] = [];
  const queue = new RequestQueue({
    serve: (requests, turn) =>
      new Promise((resolve, reject) => {
        const end = (answers = allReserved(requests)): void => resolve(answers);
        batches.push({ members: membersOf(requests), turn, end, fail: reject });
      }),
    answerStanding: () => Promise.resolve(new Map()),
    mostSlots: 1000,
    beginNextAt: 300,
    ...options,
  });
  return { queue, batches };
}

function askAll(queue: RequestQueue, members: readonly number[]): Promise<ReservationOutcome>[] {
  return members.map((memberId) => queue.reserve(locatedRequest({ memberId }), undefined));
}

/** Waits one turn of the event loop, in which a batch begins. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
}

describe('RequestQueue', () => {
  it('puts all that ask in one turn of the event loop in one batch, in their order', async () => {
    const { queue, batches } = heldQueue();
    const answers = askAll(queue, [3, 1, 2]);
    expect(batches).toEqual([]);
    await settle();
    expect(batches.map(({ members }) => members)).toEqual([[3, 1, 2]]);
    batches[0]!.end();
    expect(await Promise.all(answers)).toEqual([3, 1, 2].map((reservationId) => ({ kind: 'reserved', reservationId })));
    await settle();
    expect(queue.isIdle).toBe(true);
  });

  it('serves what arrives meanwhile in the next batch, with nobody else to wake it', async () => {
    const { queue, batches } = heldQueue();
    const first = askAll(queue, [1]);
    await settle();
    const later = [...askAll(queue, [2]), ...askAll(queue, [3])];
    await settle();
    expect(batches).toHaveLength(1);
    batches[0]!.end();
    await Promise.all(first);
    await settle();
    expect(batches.map(({ members }) => members)).toEqual([[1], [2, 3]]);
    batches[1]!.end();
    await Promise.all(later);
    await settle();
    expect(queue.isIdle).toBe(true);
  });

  it('begins a batch beside those under way once beginNextAt wait, and never more than three', async () => {
    const { queue, batches } = heldQueue({ beginNextAt: 2, mostSlots: 2 });
    const answers = askAll(queue, [1]);
    await settle();
    answers.push(...askAll(queue, [2]));
    await settle();
    expect(batches).toHaveLength(1);
    answers.push(...askAll(queue, [3, 4, 5, 6, 7, 8, 9]));
    await settle();
    expect(batches.map(({ members }) => members)).toEqual([[1], [2, 3], [4, 5]]);
    expect(batches).toHaveLength(MOST_UNDER_WAY);
    batches[1]!.end();
    await settle();
    expect(batches.at(-1)?.members).toEqual([6, 7]);
    for (let place = 0; place < batches.length; place += 1) {
      batches[place]!.end();
      await settle();
    }
    await Promise.all(answers);
  });

  it('takes so many requests into a batch that they name at most mostSlots slots, but always one', async () => {
    const { queue, batches } = heldQueue({ mostSlots: 3, beginNextAt: 1 });
    void queue.reserve(locatedRequest({ memberId: 1, slotIds: [1, 2] }), undefined);
    void queue.reserve(locatedRequest({ memberId: 2, slotIds: [3] }), undefined);
    void queue.reserve(locatedRequest({ memberId: 3, slotIds: [1, 2, 3, 4] }), undefined);
    void queue.reserve(locatedRequest({ memberId: 4, slotIds: [5] }), undefined);
    await settle();
    expect(batches.map(({ members }) => members)).toEqual([[1, 2], [3], [4]]);
  });

  it('holds back a request with the key, or the member and slot, of one before it; others pass it', async () => {
    const { queue, batches } = heldQueue();
    for (const located of [
      locatedRequest({ memberId: 1 }),
      locatedRequest({ memberId: 1, idempotencyKey: 'other' }),
      locatedRequest({ memberId: 1, idempotencyKey: 'third', slotIds: [2] }),
      locatedRequest({ memberId: 2 }),
    ]) {
      void queue.reserve(located, undefined);
    }
    await settle();
    expect(batches.map(({ members }) => members)).toEqual([[1, 1, 2]]);
    expect(queue.length).toBe(1);
  });

  it('keeps what it held back in front of those who came later', async () => {
    const { queue, batches } = heldQueue({ mostSlots: 2, beginNextAt: 1 });
    for (const memberId of [1, 1, 2, 3]) void queue.reserve(locatedRequest({ memberId }), undefined);
    await settle();
    expect(batches.map(({ members }) => members)).toEqual([[1], [1, 2], [3]]);
  });

  it('answers what it held back by what stands in the database, before the next batch', async () => {
    const asked: number[][] = [];
    const { queue, batches } = heldQueue({
      answerStanding: (requests) => {
        asked.push(membersOf(requests));
        return Promise.resolve(new Map([[requests[0]!, { kind: 'reserved', reservationId: 77 }]]));
      },
    });
    const first = queue.reserve(locatedRequest({ memberId: 1 }), undefined);
    const repeats = [
      queue.reserve(locatedRequest({ memberId: 1 }), undefined),
      queue.reserve(locatedRequest({ memberId: 1 }), undefined),
    ];
    await settle();
    batches[0]!.end();
    expect(await first).toEqual({ kind: 'reserved', reservationId: 1 });
    expect(await repeats[0]).toEqual({ kind: 'reserved', reservationId: 77 });
    await settle();
    expect(asked).toEqual([[1, 1]]);
    expect(batches.map(({ members }) => members)).toEqual([[1], [1]]);
    batches[1]!.end();
    expect(await repeats[1]).toEqual({ kind: 'reserved', reservationId: 1 });
  });

  it('leaves what it held back to the next batch when the database cannot be read', async () => {
    const { queue, batches } = heldQueue({ answerStanding: () => Promise.reject(new Error('away')) });
    const answers = [
      queue.reserve(locatedRequest({ memberId: 1 }), undefined),
      queue.reserve(locatedRequest({ memberId: 1 }), undefined),
    ];
    await settle();
    batches[0]!.end();
    await settle();
    expect(batches).toHaveLength(2);
    batches[1]!.end();
    expect(await Promise.all(answers)).toHaveLength(2);
  });

  it('puts a request without an answer first in the next batch, and gives up after 20', async () => {
    const { queue, batches } = heldQueue();
    const [unlucky] = askAll(queue, [1]);
    await settle();
    void askAll(queue, [2]);
    batches[0]!.end(new Map());
    await settle();
    expect(batches[1]!.members).toEqual([1, 2]);
    for (let place = 1; place < 20; place += 1) {
      batches[place]!.end(new Map());
      await settle();
    }
    expect(await unlucky).toEqual({ kind: 'contended', attempts: 20 });
  });

  it('rejects a request whose answer is an error, and all of a batch that rejects', async () => {
    const { queue, batches } = heldQueue();
    const [one, two] = askAll(queue, [1, 2]);
    await settle();
    const [first] = batches;
    first!.fail(new Error('broken'));
    await expect(one).rejects.toThrow('broken');
    await expect(two).rejects.toThrow('broken');
    const located = locatedRequest({ memberId: 3 });
    const third = queue.reserve(located, undefined);
    await settle();
    batches[1]!.end(new Map([[located, new Error('its own')]]));
    await expect(third).rejects.toThrow('its own');
    await settle();
    expect(queue.isIdle).toBe(true);
  });

  it('withdraws a request that waits when its signal fires, and leaves one that a batch has taken', async () => {
    const { queue, batches } = heldQueue();
    const abort = new AbortController();
    const taken = queue.reserve(locatedRequest({ memberId: 1 }), abort.signal);
    await settle();
    const waiting = queue.reserve(locatedRequest({ memberId: 2 }), abort.signal);
    const other = queue.reserve(locatedRequest({ memberId: 3 }), undefined);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(queue.reserve(locatedRequest({ memberId: 4 }), abort.signal)).rejects.toMatchObject({
      code: 'ABORTED',
    });
    batches[0]!.end();
    expect(await taken).toEqual({ kind: 'reserved', reservationId: 1 });
    await settle();
    expect(batches[1]!.members).toEqual([3]);
    batches[1]!.end();
    await other;
    await settle();
    expect(queue.isIdle).toBe(true);
  });

  it('leaves a request that is withdrawn in the turn in which its batch begins out of that batch', async () => {
    const { queue, batches } = heldQueue();
    const abort = new AbortController();
    const gone = queue.reserve(locatedRequest({ memberId: 1 }), abort.signal);
    void askAll(queue, [2]);
    abort.abort();
    await expect(gone).rejects.toMatchObject({ code: 'ABORTED' });
    await settle();
    expect(batches.map(({ members }) => members)).toEqual([[2]]);
  });

  it('hands requests over to another queue in their order, and wakes it', async () => {
    const one = heldQueue();
    const other = heldQueue();
    void askAll(one.queue, [1]);
    await settle();
    void askAll(one.queue, [2, 3, 4, 5]);
    one.queue.moveTo(other.queue, ({ memberId }) => memberId % 2 === 0);
    await settle();
    expect(other.batches.map(({ members }) => members)).toEqual([[2, 4]]);
    one.batches[0]!.end();
    await settle();
    expect(one.batches[1]!.members).toEqual([3, 5]);
  });

  it('answers everybody once and keeps the order of each slot, whatever comes when', async () => {
    const steps = fc.array(fc.oneof(fc.record({ ask: fc.integer({ min: 1, max: 4 }) }), fc.constant('turn' as const)), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), serveRandomly),
      { numRuns: 150 },
    );
  });
});

/** Every batch ends after one turn of the event loop; members are numbered in the order in which they ask. */
async function serveRandomly(
  steps: readonly ('turn' | { ask: number })[],
  mostSlots: number,
  beginNextAt: number,
): Promise<void> {
  let underWay = 0;
  const begun: { memberId: number; slotId: number }[] = [];
  const queue = new RequestQueue({
    serve: async (requests, turn) => {
      underWay += 1;
      expect(underWay).toBeLessThanOrEqual(MOST_UNDER_WAY);
      expect(requests.length).toBeLessThanOrEqual(mostSlots);
      await turn.mayLock;
      begun.push(...requests.map(({ memberId, slots }) => ({ memberId, slotId: slots[0]!.slotId })));
      await nextTurn();
      underWay -= 1;
      return allReserved(requests);
    },
    answerStanding: () => Promise.resolve(new Map()),
    mostSlots,
    beginNextAt,
  });
  const answers: Promise<ReservationOutcome>[] = [];
  for (const step of steps) {
    if (step === 'turn') await nextTurn();
    else answers.push(queue.reserve(locatedRequest({ memberId: answers.length + 1, slotIds: [step.ask] }), undefined));
  }
  await Promise.all(answers);
  expect(begun.map(({ memberId }) => memberId)).toEqual(answers.map((_, place) => place + 1));
}
