import { onAbort } from '../abort/on-abort.js';
import { type Closing, type OpenedTogether, openTogether } from '../closing.js';
import { TablepickError } from '../errors.js';
import { keepDoing } from '../keep-doing.js';
import { type TopicSpec, type Transport, openTransport } from '../messaging/index.js';
import { notificationTopics } from '../notifications/index.js';
import { sagaTopics } from '../payments/index.js';
import { countServiceEvent } from './count-service-event.js';
import type { ServiceEvent, ServiceName } from './service-event.js';
import { type ServicePlace, requireServiceTables } from './service-tables.js';
import type { PaymentService, ReservationService, Services, ServicesOptions, ServicesReadiness } from './services.js';
import { startNotificationService } from './start-notification-service.js';
import { startPaymentService } from './start-payment-service.js';
import { startReservationService } from './start-reservation-service.js';
import type { StartedService, Starting } from './starting.js';

/**
 * Starts the named services of a reservation system in this process, all or none: each with its consumer, the relay of
 * its outbox and, if wanted, its HTTP server. The tables of all services are checked before the first one starts.
 * Missing topics are created.
 *
 * What was handed in stays open, e.g. databases. Close it after {@link Services.stop}.
 *
 * @throws `MISSING_TABLE` with the command that creates the tables; `TABLE_UNFIT`; `BAD_OPTION`; `UNKNOWN_TOPIC`;
 * `TRANSPORT_UNAVAILABLE`, retriable; `ABORTED` when `signal` fires first. Then nothing runs.
 * @example
 * const reservation = { database, http: { port: 8080 } };
 * const services = await startServices({ transport: { kind: 'database', database }, reservation });
 * console.log(services.reservation?.url, await services.ready());
 * await services.stop();
 */
export async function startServices(options: ServicesOptions): Promise<Services> {
  await requireServiceTables(placesOf(options));
  const running = await openTogether(async (closing) => {
    const transport = await transportOf(options, closing);
    const topics = topicsOf(options);
    if (topics.length > 0) await transport.createTopics(topics);
    return startAll(options, transport, closing);
  });
  const forget = onAbort(options.signal, () => void running.close().catch(() => {}));
  return servicesOf(running, forget);
}

function placesOf({ reservation, payment, notifications }: ServicesOptions): ServicePlace[] {
  return Object.entries({ reservation, payment, notifications }).flatMap(([service, settings]) =>
    settings === undefined ? [] : [{ service: service as ServiceName, database: settings.database }],
  );
}

async function transportOf({ transport: wanted }: ServicesOptions, closing: Closing): Promise<Transport> {
  if ('publish' in wanted) return wanted;
  const transport = await openTransport(wanted);
  closing.onClose(() => transport.close());
  return transport;
}

/** Each service also creates the topics that it reads, because the others may start later. */
function topicsOf({ partitions = 6, reservation, payment, notifications }: ServicesOptions): TopicSpec[] {
  if (partitions === false) return [];
  const isNamed = [reservation, payment, notifications].some((settings) => settings !== undefined);
  const ofSaga = isNamed ? sagaTopics(partitions) : [];
  return notifications === undefined ? ofSaga : [...ofSaga, ...notificationTopics(partitions)];
}

interface StartedServices {
  payment: (StartedService & PaymentService) | undefined;
  reservation: (StartedService & ReservationService) | undefined;
  notifications: StartedService | undefined;
}

async function startAll(options: ServicesOptions, transport: Transport, closing: Closing): Promise<StartedServices> {
  const { metrics, signal, readyWithinMs = 2000 } = options;
  const starting: Starting = { transport, metrics, closing, readyWithinMs, tell: (event) => tell(options, event) };
  const start = async <Settings, Started>(
    settings: Settings | undefined,
    begin: (settings: Settings, starting: Starting) => Promise<Started>,
  ): Promise<Started | undefined> => {
    refuseAborted(signal);
    return settings === undefined ? undefined : begin(settings, starting);
  };
  const payment = await start(options.payment, startPaymentService);
  const reservation = await start(options.reservation, startReservationService);
  const notifications = await start(options.notifications, startNotificationService);
  refuseAborted(signal);
  const started: StartedServices = { payment, reservation, notifications };
  watchReadiness(options, started, closing);
  return started;
}

/** Without it, nobody would hear that a database is silent unless somebody asked. */
function watchReadiness({ readyEveryMs = 10_000 }: ServicesOptions, started: StartedServices, closing: Closing): void {
  if (readyEveryMs === false) return;
  const work = async (): Promise<void> => void (await readinessOf(started));
  const watch = keepDoing({ everyMs: readyEveryMs, begin: 'wait', work });
  closing.onClose(() => watch.stop());
}

function refuseAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new TablepickError('ABORTED', 'stopped while services were starting', { cause: signal.reason });
}

/** A listener that fails must not stop a service. */
function tell({ metrics, onEvent }: ServicesOptions, event: ServiceEvent): void {
  if (metrics !== undefined) countServiceEvent(metrics, event);
  try {
    onEvent?.(event);
  } catch {
    // The event was reported. There is nobody else to report the error to.
  }
}

function servicesOf({ opened, close }: OpenedTogether<StartedServices>, forget: () => void): Services {
  const stop = (): Promise<void> => {
    forget();
    return close();
  };
  return {
    reservation: opened.reservation,
    payment: opened.payment,
    ready: () => readinessOf(opened),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function readinessOf(started: StartedServices): Promise<ServicesReadiness> {
  const each = Object.entries(started) as [ServiceName, StartedService | undefined][];
  const missing = await Promise.all(
    each.map(async ([service, of]) => ((await of?.ready())?.missing ?? []).map((part) => ({ service, ...part }))),
  );
  return { ready: missing.flat().length === 0, missing: missing.flat() };
}
