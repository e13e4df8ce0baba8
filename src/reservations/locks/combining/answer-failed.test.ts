import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { locatedRequest } from '../../../../test/support/located-request.js';
import { type ErrorCode, TablepickError } from '../../../errors.js';
import type { LocatedRequest } from '../../reservation.js';
import { type WaysOut, answerFailed } from './answer-failed.js';
import type { Answers } from './batch.js';
import { NotSure } from './not-sure.js';

function requestsOf(count: number): LocatedRequest[] {
  return Array.from({ length: count }, (_, memberId) => locatedRequest({ memberId }));
}

/** An error as the database's area makes it from the server's number. */
function serverError(code: ErrorCode, errno: number): TablepickError {
  return new TablepickError(code, `error ${errno}`, { cause: Object.assign(new Error('server'), { errno }) });
}

const REFUSED = serverError('BAD_ROW', 1406);
const DUPLICATE = serverError('BAD_ROW', 1062);
const LOCK_WAIT = serverError('CONFLICT', 1205);

/**
 * Ways out for the test. `fails` returns the error of a transaction with these requests. `served` has the requests it
 * got.
 */
function ways(
  fails: (requests: readonly LocatedRequest[]) => unknown,
  given: Partial<WaysOut> = {},
): { ways: WaysOut; served: number[][] } {
  const served: number[][] = [];
  const made: WaysOut = {
    attempts: 3,
    serve: async (requests) => {
      served.push(requests.map(({ memberId }) => memberId));
      const error = requests.length === 0 ? undefined : fails(requests);
      return error === undefined ? reserved(requests) : answerFailed(error, requests, made);
    },
    resolve: () => Promise.resolve(new Map()),
    standing: () => Promise.resolve(new Map()),
    findStuck: () => Promise.resolve(new Set()),
    isOfOneRequest: (error) => error === REFUSED || error === DUPLICATE,
    ...given,
  };
  return { ways: made, served };
}

function reserved(requests: readonly LocatedRequest[]): Answers {
  return new Map(requests.map((located) => [located, { kind: 'reserved', reservationId: located.memberId }]));
}

/** The answers by member, in the order in which they asked. */
function told(requests: readonly LocatedRequest[], answers: Answers): unknown[] {
  return requests.map((located) => {
    const answer = answers.get(located);
    return answer instanceof Error ? answer : answer?.kind;
  });
}

describe('answering requests that failed together', () => {
  it('halves down to those at fault, whichever they are, and serves all others in their order', async () => {
    const sizes = fc.integer({ min: 1, max: 40 });
    const faults = fc.array(fc.nat(39), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(sizes, faults, async (count, members) => {
        const atFault = new Set(members);
        const requests = requestsOf(count);
        const { ways: out, served } = ways((some) =>
          some.some(({ memberId }) => atFault.has(memberId)) ? REFUSED : undefined,
        );
        const answers = told(requests, await out.serve(requests));
        expect(answers).toEqual(requests.map(({ memberId }) => (atFault.has(memberId) ? REFUSED : 'reserved')));
        const inOrder = served.flatMap((batch) => (batch.some((member) => atFault.has(member)) ? [] : batch));
        expect(inOrder).toEqual(inOrder.toSorted((one, other) => one - other));
      }),
    );
  });

  it('finds one of a thousand with twice as many transactions as halvings', async () => {
    const requests = requestsOf(1024);
    const { ways: out, served } = ways((some) => (some.some(({ memberId }) => memberId === 700) ? REFUSED : undefined));
    await out.serve(requests);
    expect(served).toHaveLength(1 + 2 * 10);
  });

  it('answers all with an error that is nobody’s in particular, without trying again', async () => {
    const requests = requestsOf(4);
    const full = new TablepickError('DISK_FULL', 'full');
    const { ways: out, served } = ways(() => undefined);
    expect(told(requests, await answerFailed(full, requests, out))).toEqual([full, full, full, full]);
    expect(served).toEqual([]);
  });

  it('answers those that stand in the database and serves the rest at once', async () => {
    const requests = requestsOf(3);
    const standing: Answers = new Map([[requests[1]!, { kind: 'duplicate' } as never]]);
    const { ways: out, served } = ways(() => undefined, { standing: () => Promise.resolve(standing) });
    const answers = await answerFailed(DUPLICATE, requests, out);
    expect(told(requests, answers)).toEqual(['reserved', 'duplicate', 'reserved']);
    expect(served).toEqual([[0, 2]]);
  });

  it('halves when nothing stands that could be the duplicate', async () => {
    const requests = requestsOf(2);
    const { ways: out, served } = ways(() => undefined);
    await answerFailed(DUPLICATE, requests, out);
    expect(served).toEqual([[0], [1]]);
  });

  it('does not let others wait again for what somebody holds', async () => {
    const requests = requestsOf(3);
    const { ways: out, served } = ways(() => undefined, { findStuck: () => Promise.resolve(new Set([requests[0]!])) });
    const answers = await answerFailed(LOCK_WAIT, requests, out);
    expect(answers.get(requests[0]!)).toEqual({ kind: 'contended', attempts: 3 });
    expect(told(requests, answers)).toEqual(['contended', 'reserved', 'reserved']);
    expect(served).toEqual([[1, 2]]);
  });

  it('halves after a lock that nobody is seen to hold, and asks a single request again later', async () => {
    const requests = requestsOf(2);
    const { ways: out, served } = ways(() => undefined);
    await answerFailed(LOCK_WAIT, requests, out);
    expect(served).toEqual([[0], [1]]);
    expect(await answerFailed(LOCK_WAIT, requests.slice(1), out)).toEqual(new Map());
  });

  it('serves anew, with the slots locked first, those that were not sure', async () => {
    const requests = requestsOf(2);
    const { ways: out, served } = ways(() => undefined);
    expect(told(requests, await answerFailed(new NotSure(), requests, out))).toEqual(['reserved', 'reserved']);
    expect(served).toEqual([[0, 1]]);
  });

  it('tells many that a conflict is contended, and one alone the error', async () => {
    const conflict = new TablepickError('CONFLICT', 'deadlock', { retriable: true });
    const requests = requestsOf(2);
    const { ways: out } = ways(() => undefined);
    expect(told(requests, await answerFailed(conflict, requests, out))).toEqual(['contended', 'contended']);
    expect(told(requests, await answerFailed(conflict, requests.slice(1), out))).toEqual([undefined, conflict]);
  });

  it('looks up what became of a COMMIT that nobody answered', async () => {
    const requests = requestsOf(2);
    const { ways: out, served } = ways(() => undefined, { resolve: (some) => Promise.resolve(reserved(some)) });
    const unknown = new TablepickError('COMMIT_UNKNOWN', 'nobody answered');
    expect(told(requests, await answerFailed(unknown, requests, out))).toEqual(['reserved', 'reserved']);
    expect(served).toEqual([]);
  });

  it('never rejects: what fails on the way out is the answer of all', async () => {
    const requests = requestsOf(2);
    const { ways: out } = ways(() => undefined, { standing: () => Promise.reject(new Error('away')) });
    const answers = told(requests, await answerFailed(DUPLICATE, requests, out));
    expect(answers).toEqual([new Error('away'), new Error('away')]);
    const { ways: textThrown } = ways(() => undefined);
    expect(told(requests.slice(1), await answerFailed('text', requests.slice(1), textThrown))).toEqual([
      new Error('text'),
    ]);
  });
});
