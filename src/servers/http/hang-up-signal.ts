import type { FastifyReply } from 'fastify';

/** A signal that aborts when the connection is gone before the answer was written. */
export function hangUpSignal({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort(new Error('the client hung up'));
  });
  return controller.signal;
}
