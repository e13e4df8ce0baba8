import { createHash, timingSafeEqual } from 'node:crypto';

import type { FastifyRequest } from 'fastify';

import { HttpRefusal } from '../problems/http-refusal.js';

/**
 * A hook for `onRequest` that lets in only who has the key, as a bearer token. Without a key nobody is let in.
 *
 * @throws `HttpRefusal` of 401, from the hook.
 */
export function requireAdminKey(key: string | undefined) {
  const wanted = key === undefined ? undefined : digest(`Bearer ${key}`);
  return async ({ headers: { authorization = '' } }: FastifyRequest): Promise<void> => {
    if (wanted !== undefined && timingSafeEqual(wanted, digest(authorization))) return;
    const message = "this needs the provider's admin key as a bearer token";
    throw new HttpRefusal('unauthenticated', 401, { message, headers: { 'WWW-Authenticate': 'Bearer' } });
  };
}

/** Digests are of equal length, so that they can be compared in constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
