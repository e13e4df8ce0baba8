import { randomBytes } from 'node:crypto';

import { sleepUnlessAborted } from '../../abort/sleep-unless-aborted.js';
import { type Database, connect, migrate } from '../../database/index.js';
import { createMetrics } from '../../observe/metrics.js';
import { notificationTopics } from '../../notifications/index.js';
import { sagaTopics } from '../../payments/index.js';
import { freePort } from '../../servers/http/free-port.js';
import { startHttpServer } from '../../servers/http/http-server.js';
import { metricsRoutes } from '../../servers/metrics-routes.js';
import { urlOf } from '../../servers/http/listen.js';
import { withClosing } from '../../closing.js';
import type { CommandContext } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatFields } from '../output/format.js';
import type { ServiceName } from './service-names.js';
import { runGateway } from './run-gateway.js';
import type { MessagingContext, RunningService, ServiceContext } from './service-context.js';
import type { ServeOptions } from './serve-options.js';
import { runNotifications } from './run-notifications.js';
import { runPayments } from './run-payments.js';
import { runReservations } from './run-reservations.js';
import { watchTables } from './watch-tables.js';
import { untilAborted } from '../stop-signals.js';
import { type Connection, withConnection } from '../connections/with-connection.js';
import { withPaymentDatabase } from '../connections/with-payment-database.js';
import { withTransport } from '../connections/with-transport.js';

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
    const metrics = await createMetrics();
    const secret = options.callbackSecret ?? process.env.TABLEPICK_CALLBACK_SECRET ?? ownSecret(services);
    const shared: ServiceContext = { context, options, closing, metrics, secret };
    if (services.every((service) => service === 'gateway')) {
      return serve(shared, [await runGateway(shared, undefined)]);
    }
    await withConnection(context, { ...options, mustWrite: true }, (found) => serveOnDatabase(shared, services, found));
  });
  return context.stop.exitCode() ?? exitCodes.done;
}

/** When both sides are in this process, nobody else needs the secret. */
function ownSecret(services: readonly ServiceName[]): string | undefined {
  return services.includes('payment') && services.includes('gateway') ? randomBytes(16).toString('hex') : undefined;
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
      await transport.createTopics([...sagaTopics(options.partitions), ...notificationTopics(options.partitions)]);
      const shared = { ...outer, closing, database, transport };
      if (!services.includes('payment')) return serveAll(shared, services, undefined);
      await withPaymentDatabase({ found, options, poolSize: POOL_SIZE }, (payments) =>
        serveAll(shared, services, payments),
      );
    });
  });
}

/** Closes its services before the databases and the transport, which are opened outside. */
function serveAll(
  outer: MessagingContext,
  services: readonly ServiceName[],
  payments: Database | undefined,
): Promise<void> {
  return withClosing(async (closing) => {
    const shared = { ...outer, closing, options: await choosePorts(outer.options) };
    watchTables(shared, payments);
    const running: RunningService[] = [];
    const { host, paymentPort } = shared.options;
    const callbackUrl = payments === undefined ? undefined : `${urlOf({ host, port: paymentPort })}/callbacks`;
    const gateway = services.includes('gateway') ? await runGateway(shared, callbackUrl) : undefined;
    if (payments !== undefined) running.push(await runPayments(shared, payments, gateway?.url));
    if (services.includes('reservation')) running.push(await runReservations(shared));
    if (services.includes('notifications')) running.push(await runNotifications(shared));
    await serve(shared, [...running, ...(gateway === undefined ? [] : [gateway])]);
  });
}

/** Provider and payment service must know each other's address before either listens. */
async function choosePorts(options: ServeOptions): Promise<ServeOptions> {
  return options.paymentPort === 0 ? { ...options, paymentPort: await freePort(options.host) } : options;
}

/** Prints the running services, and waits for the signal. */
async function serve(
  { context, options, metrics, closing }: ServiceContext,
  running: readonly RunningService[],
): Promise<void> {
  const { host, metricsPort: port } = options;
  const told = [...running];
  if (port !== undefined) {
    const server = await startHttpServer({
      host,
      port,
      plugins: [metricsRoutes(metrics)],
      onError: (error) => context.output.complain(String(error)),
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
