import type { FastifyReply, FastifyRequest } from 'fastify';

import { HttpRefusal } from '../problems/http-refusal.js';

/**
 * A hook for `onRequest` that refuses a request while `most` others of its routes are under way.
 *
 * @throws `HttpRefusal` of 503, from the hook.
 */
export function limitPending(most: number) {
  let pending = 0;
  return async (_: FastifyRequest, { raw }: FastifyReply): Promise<void> => {
    if (pending >= most) {
      const message = 'too many requests are under way: ask again';
      throw new HttpRefusal('overloaded', 503, { message, headers: { 'Retry-After': '1' } });
    }
    pending += 1;
    raw.once('close', () => (pending -= 1));
  };
}
