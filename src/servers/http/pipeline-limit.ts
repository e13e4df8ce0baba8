import type { Socket } from 'node:net';

import type { FastifyReply, FastifyRequest } from 'fastify';

import { HttpRefusal } from '../problems/http-refusal.js';

/** Most requests of one connection whose answers have not been written. */
const MOST_PIPELINED = 20;

/**
 * A hook that cuts a connection on which too many requests wait for their answers. Node answers all that a client sends
 * in one go, and keeps the answers until the client reads them.
 */
export function createPipelineLimit() {
  const underWay = new WeakMap<Socket, number>();
  return async ({ raw: { socket } }: FastifyRequest, { raw }: FastifyReply): Promise<void> => {
    const count = (underWay.get(socket) ?? 0) + 1;
    underWay.set(socket, count);
    raw.once('finish', () => underWay.set(socket, underWay.get(socket)! - 1));
    if (count <= MOST_PIPELINED) return;
    socket.destroy();
    throw new HttpRefusal('overloaded', 503, { message: 'too many requests of this connection are under way' });
  };
}
