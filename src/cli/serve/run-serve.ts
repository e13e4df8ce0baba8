import { randomBytes } from 'node:crypto';

import { sleepUnlessAborted } from '../../abort/sleep-unless-aborted.js';
import { withClosing } from '../../closing.js';
import { connect, migrate } from '../../database/index.js';
import { type Metrics, createMetrics } from '../../observe/metrics.js';
import { freePort } from '../../servers/http/free-port.js';
import { startHttpServer } from '../../servers/http/http-server.js';
import { urlOf } from '../../servers/http/listen.js';
import { metricsRoutes } from '../../servers/metrics-routes.js';
import type { CommandContext } from '../command.js';
import { type Connection, withConnection } from '../connections/with-connection.js';
import { withPaymentDatabase } from '../connections/with-payment-database.js';
import { withTransport } from '../connections/with-transport.js';
import { exitCodes } from '../exit-codes.js';
import { formatFields } from '../output/format.js';
import { untilAborted } from '../stop-signals.js';
import { readAccess } from './access-settings.js';
import { describeHttpError } from './describe-error.js';
import { runGateway } from './run-gateway.js';
import { type Opened, runServices } from './run-services.js';
import type { ServeOptions } from './serve-options.js';
import type { RunningService, ServiceContext } from './service-context.js';
import type { ServiceName } from './service-names.js';

/** Connections for a service that handles 16 messages at once, relays and answers requests. */
const POOL_SIZE = 32;

/** `tablepick serve`: runs until a signal; exit code of the signal. */
export async function runServe(
  context: CommandContext,
  options: ServeOptions,
  services: ServiceName[],
): Promise<number> {
  context.stop.describe(() => 'ending what is under way; press Ctrl-C again to abort');
  await withClosing(async (closing) => {
    const secret = options.callbackSecret ?? process.env.TABLEPICK_CALLBACK_SECRET ?? ownSecret(services);
    const access = await readAccess(context, options);
    const shared: ServiceContext = { context, options, closing, secret, access };
    if (services.every((service) => service === 'gateway')) {
      return serve(shared, [await runGateway(shared, undefined)], await createMetrics());
    }
    await withConnection(context, { ...options, mustWrite: true }, (found) =>
      serveOnDatabase(shared, services, withTimeout(found, options)),
    );
  });
  return context.stop.exitCode() ?? exitCodes.done;
}

/** When both sides are in this process, nobody else needs the secret. */
function ownSecret(services: readonly ServiceName[]): string | undefined {
  return services.includes('payment') && services.includes('gateway') ? randomBytes(16).toString('hex') : undefined;
}

/** Both databases are opened with it. */
function withTimeout(found: Connection, { statementTimeout }: ServeOptions): Connection {
  const statementTimeoutMs = statementTimeout === 0 ? undefined : statementTimeout;
  return { ...found, connection: { ...found.connection, statementTimeoutMs } };
}

async function serveOnDatabase(
  outer: ServiceContext,
  services: readonly ServiceName[],
  found: Connection,
): Promise<void> {
  const { context, options } = outer;
  await withClosing(async (closing) => {
    const database = await connect({ ...found.connection, poolSize: POOL_SIZE });
    closing.onClose(() => database.close());
    if (found.isSandbox) await migrate(database);
    await withTransport(context, { ...options, database }, async (transport) => {
      const opened = { database, transport, payments: undefined };
      if (!services.includes('payment')) return serveAll(outer, services, opened);
      await withPaymentDatabase({ found, options, poolSize: POOL_SIZE }, (payments) =>
        serveAll(outer, services, { ...opened, payments }),
      );
    });
  });
}

/** Closes its services before the databases and the transport, which are opened outside. */
function serveAll(outer: ServiceContext, services: readonly ServiceName[], opened: Opened): Promise<void> {
  return withClosing(async (closing) => {
    const shared = { ...outer, closing, options: await choosePorts(outer.options) };
    const { host, paymentPort } = shared.options;
    const callbackUrl = opened.payments === undefined ? undefined : `${urlOf({ host, port: paymentPort })}/callbacks`;
    const gateway = services.includes('gateway') ? await runGateway(shared, callbackUrl) : undefined;
    const metrics = await createMetrics();
    const running = await runServices({ shared, services, opened, metrics, gatewayUrl: gateway?.url });
    await serve(shared, gateway === undefined ? running : [...running, gateway], metrics);
  });
}

/** Provider and payment service must know each other's address before either listens. */
async function choosePorts(options: ServeOptions): Promise<ServeOptions> {
  return options.paymentPort === 0 ? { ...options, paymentPort: await freePort(options.host) } : options;
}

/** Prints the running services, and waits for the signal. */
async function serve(
  { context, options, closing, access }: ServiceContext,
  running: readonly RunningService[],
  metrics: Metrics,
): Promise<void> {
  const { metricsPort: port } = options;
  const told = [...running];
  if (port !== undefined) {
    // Metrics are for Prometheus, so no page of a browser may read them.
    const { host, insecure, allowedHosts } = access;
    const server = await startHttpServer({
      host,
      insecure,
      allowedHosts,
      // Metrics tell nothing of guests, so it is enough that the other servers ask who a request is from.
      isAuthenticated: access.authenticate !== undefined,
      port,
      plugins: [metricsRoutes(metrics)],
      onError: (error, request) => context.output.complain(describeHttpError('metrics', error, request)),
    });
    closing.onClose(() => server.stop());
    told.push({ service: 'metrics', url: server.url, about: `GET ${server.url}/metrics` });
  }
  context.output.result({ services: told.map(({ service, url }) => ({ service, url })) }, () =>
    formatFields(told.map(({ service, url, about }) => [service, url === undefined ? about : `${url}  ${about}`])),
  );
  await untilEnd(context, options.for);
}

async function untilEnd({ stop: { signal } }: CommandContext, forMs: number | undefined): Promise<void> {
  if (forMs === undefined) return untilAborted(signal);
  await sleepUnlessAborted(forMs, signal);
}
