import type { Metrics } from '../observe/metrics.js';
import { type HttpPlugin, definePlugin } from './http/http-plugin.js';
import { addWithRefusals } from './http/other-methods.js';

/**
 * `GET /metrics` in Prometheus' text format, for a fastify 5 app of your own.
 *
 * @example
 * const plugin = metricsRoutes(await createMetrics());
 */
export function metricsRoutes(metrics: Pick<Metrics, 'text'>): HttpPlugin {
  const schema = { summary: 'Metrics for Prometheus', produces: ['text/plain'] };
  return definePlugin((outer) =>
    addWithRefusals(outer, (app) =>
      app.get('/metrics', { schema }, async (_, reply) => {
        const { contentType, text } = await metrics.text();
        return reply.type(contentType).send(text);
      }),
    ),
  );
}
