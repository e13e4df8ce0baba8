import type { FastifyInstance, HTTPMethods } from 'fastify';

import { HttpRefusal } from '../problems/http-refusal.js';

/** Adds the routes that `addRoutes` adds to `app`, and answers 405 to the methods that their paths do not take. */
export function addWithRefusals(app: FastifyInstance, addRoutes: (app: FastifyInstance) => void): void {
  const taken = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = taken.get(url) ?? new Set();
    taken.set(url, methods);
    for (const each of [method].flat()) methods.add(each);
    if (methods.has('GET')) methods.add('HEAD');
  });
  addRoutes(app);
  for (const [url, methods] of [...taken]) refuse(app, url, [...methods]);
}

function refuse(app: FastifyInstance, url: string, taken: readonly string[]): void {
  const allowed = taken.join(', ');
  const method = app.supportedMethods.filter((each) => !taken.includes(each)) as HTTPMethods[];
  // It refuses before the body is read.
  const onRequest = async (): Promise<void> => {
    const message = `this path takes ${allowed}`;
    throw new HttpRefusal('method-not-allowed', 405, { message, headers: { Allow: allowed } });
  };
  app.route({ method, url, schema: { hide: true }, onRequest, handler: async () => {} });
}
