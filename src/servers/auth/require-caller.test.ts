import { fastify } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';

import type { HttpRefusal } from '../problems/http-refusal.js';
import { createRequestLimits } from '../http/request-limits.js';
import { memberOf, requireCaller } from './require-caller.js';

const app = { current: fastify() };

afterEach(() => app.current.close());

/** The status of a request, or the guest whom it is for. */
async function askAs(found: unknown, named?: number): Promise<number | string> {
  app.current = fastify();
  const authenticate = () => found as never;
  const onRequest = requireCaller(app.current, { authenticate, withinLimits: createRequestLimits({}) });
  app.current.setErrorHandler((error, _, reply) => reply.code((error as HttpRefusal).status).send());
  app.current.get('/', { onRequest }, async ({ caller }) => `guest ${memberOf(caller, named)}`);
  const url = await app.current.listen({ port: 0, host: '127.0.0.1' });
  const answer = await fetch(url);
  return answer.ok ? answer.text() : answer.status;
}

describe("a check of callers of a user's own", () => {
  it.each([
    [undefined],
    [null],
    [false],
    [true],
    [7],
    ['7'],
    [{}],
    [{ memberId: undefined }],
    [{ memberId: null }],
    [{ memberId: '7' }],
    [{ memberId: 0 }],
    [{ memberId: Number.NaN }],
    [{ isOperator: 'yes' }],
    [{ isOperator: false }],
  ])('lets nobody in who is not known: %j', async (found) => {
    expect(await askAs(found, 700)).toBe(401);
  });

  it('lets a guest act for itself alone, and an operator for the one whom it names', async () => {
    expect(await askAs({ memberId: 7 })).toBe('guest 7');
    expect(await askAs({ memberId: 7 }, 7)).toBe('guest 7');
    expect(await askAs({ memberId: 7 }, 8)).toBe(403);
    expect(await askAs({ isOperator: true }, 8)).toBe('guest 8');
    expect(await askAs({ memberId: 7, isOperator: true }, 8)).toBe('guest 8');
    expect(await askAs({ memberId: 7, isOperator: true })).toBe('guest 7');
    expect(await askAs({ isOperator: true })).toBe(400);
  });
});
