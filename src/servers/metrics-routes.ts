import type { Metrics } from '../observe/metrics.js';
import { type HttpPlugin, definePlugin } from './http/http-plugin.js';
import { refuseOtherMethods } from './http/other-methods.js';

/**
 * `GET /metrics` in Prometheus' text format, for a fastify 5 app of your own.
 *
 * @example
 * const plugin = metricsRoutes(await createMetrics());
 */
export function metricsRoutes(metrics: Pick<Metrics, 'text'>): HttpPlugin {
  return definePlugin((app) => {
    const methods = refuseOtherMethods(app);
    app.get(
      '/metrics',
      { schema: { summary: 'Metrics for Prometheus', produces: ['text/plain'] } },
      async (_, reply) => {
        const { contentType, text } = await metrics.text();
        return reply.type(contentType).send(text);
      },
    );
    methods.addRefusals();
  });
}
