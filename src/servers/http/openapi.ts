import type { FastifyInstance } from 'fastify';

import { addWithRefusals } from './other-methods.js';

/** The OpenAPI document of a server. */
export interface ApiDescription {
  title: string;
  description: string;
}

/**
 * Serves the OpenAPI document of the routes that are added later, at `GET /openapi.json`.
 *
 * @source OpenAPI Specification 3.1.
 */
export async function serveOpenApi(app: FastifyInstance, { title, description }: ApiDescription): Promise<void> {
  const { default: swagger } = await import('@fastify/swagger');
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, description, version: '1' },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
  });
  addWithRefusals(app, () => app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger()));
}
