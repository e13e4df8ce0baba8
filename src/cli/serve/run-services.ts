import type { Database } from '../../database/index.js';
import type { Transport } from '../../messaging/index.js';
import type { Metrics } from '../../observe/metrics.js';
import { startServices } from '../../services/index.js';
import { createRepeatLimit } from '../output/repeat-limit.js';
import { openMailer } from './open-mailer.js';
import { printServiceEvent } from './print-service-event.js';
import type { RunningService, ServiceContext } from './service-context.js';
import type { ServiceName } from './service-names.js';
import { notificationSettings, paymentSettings, reservationSettings } from './service-settings.js';
import { stopServices } from './stop-services.js';

/** What was opened for the services. */
export interface Opened {
  /** The reservation side's database. It also carries messages when the transport is the database. */
  database: Database;
  transport: Transport;
  payments: Database | undefined;
}

/** The input of {@link runServices}. */
export interface Running {
  shared: ServiceContext;
  services: readonly ServiceName[];
  opened: Opened;
  metrics: Metrics;
  /** The URL of the provider in this process, if there is one. */
  gatewayUrl: string | undefined;
}

/** Starts all services but the gateway, and describes them. They are stopped when the context closes. */
export async function runServices(input: Running): Promise<RunningService[]> {
  const { shared, services, opened, metrics, gatewayUrl } = input;
  const { context, options, closing, secret, access } = shared;
  const { database, transport, payments } = opened;
  const printing = { output: context.output, limitRepeats: createRepeatLimit() };
  const mails = services.includes('notifications') ? await openMailer(shared) : undefined;
  const { payment, reservation, stop } = await startServices({
    transport,
    metrics,
    partitions: options.partitions,
    reservation: services.includes('reservation') ? reservationSettings(options, { database, access }) : undefined,
    payment: payments && paymentSettings(options, { database: payments, servedGateway: gatewayUrl, secret, access }),
    notifications: mails && notificationSettings(options, { database, mailer: mails.mailer }),
    onEvent: (event) => printServiceEvent(printing, event),
  });
  const databases = payments === undefined ? [database] : [database, payments];
  closing.onClose(() => stopServices({ stop, databases, output: context.output }));
  const running: RunningService[] = [];
  if (payment !== undefined) {
    running.push({ service: 'payment', url: payment.url, about: `callbacks to ${payment.url}/callbacks` });
  }
  if (reservation !== undefined) {
    running.push({ service: 'reservation', url: reservation.url, about: `POST ${reservation.url}/reservations` });
  }
  if (mails !== undefined) running.push({ service: 'notifications', about: mails.about });
  return running;
}
