import type { FastifyInstance } from 'fastify';

import type { Readiness } from '../../observe/readiness.js';
import { answerSchema, objectSchema } from '../schemas/json-schemas.js';

/** Adds `GET /health`, which says that the process is alive. */
export function addHealthRoute(app: FastifyInstance): void {
  const alive = objectSchema({ ok: { type: 'boolean' } });
  const schema = { summary: 'Is the process alive?', response: { 200: answerSchema('it is alive', alive) } };
  app.get('/health', { schema }, async () => ({ ok: true }));
}

const readiness = objectSchema({
  ready: { type: 'boolean' },
  missing: {
    type: 'array',
    items: objectSchema({
      what: { type: 'string', enum: ['database', 'writer', 'tables', 'transport'] },
      why: { type: 'string' },
    }),
  },
});

/** Adds `GET /ready`, which says what the service is missing. */
export function addReadyRoute(app: FastifyInstance, ready: () => Promise<Readiness>): void {
  const response = {
    200: answerSchema('nothing is missing', readiness),
    503: answerSchema('something is missing', readiness),
  };
  app.get('/ready', { schema: { summary: 'Can the service do its work now?', response } }, async (_, reply) => {
    const found = await ready();
    return reply.code(found.ready ? 200 : 503).send(found);
  });
}
