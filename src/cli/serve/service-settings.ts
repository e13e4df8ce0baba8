import type { Database } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import { recipientFromTemplate } from '../../notifications/index.js';
import type {
  NotificationServiceOptions,
  PaymentServiceOptions,
  ReservationServiceOptions,
} from '../../services/index.js';
import { redisSettings } from '../options/redis-options.js';
import type { Access } from './access-settings.js';
import type { ServeOptions } from './serve-options.js';

/** Workers of a relay that shares its service's connections with handlers and requests. */
const relay = { workers: 4 };

/** The settings of the reservation service. */
export function reservationSettings(
  options: ServeOptions,
  { database, access }: { database: Database; access: Access },
): ReservationServiceOptions {
  const { strategy, reservationPort: port, hold: holdTtlMs, admitAll = false } = options;
  const reservations = { strategy, ...redisSettings(options) };
  return { database, reservations, refuseInTime: !admitAll, relay, holdTtlMs, http: { ...access, port } };
}

/** Where the payment service finds its money, and who may call it back. */
export interface PaymentPlaces {
  database: Database;
  /** The URL of the provider in this process, if there is one. */
  servedGateway: string | undefined;
  secret: string | undefined;
  access: Access;
}

/**
 * The settings of the payment service.
 *
 * @throws `BAD_OPTION` when no provider or no secret is named.
 */
export function paymentSettings(options: ServeOptions, places: PaymentPlaces): PaymentServiceOptions {
  const { paymentPort: port } = options;
  const secret = needSecret(places.secret);
  const url = needGateway(options.gatewayUrl ?? process.env.TABLEPICK_GATEWAY_URL ?? places.servedGateway);
  return { database: places.database, gateway: { url }, relay, http: { ...places.access, secret, port } };
}

/** The settings of the notifications. */
export function notificationSettings(
  { mailFrom: from, mailTo }: ServeOptions,
  open: Pick<NotificationServiceOptions, 'database' | 'mailer'>,
): NotificationServiceOptions {
  return { ...open, from, recipient: recipientFromTemplate(mailTo) };
}

function needGateway(url: string | undefined): string {
  if (url !== undefined) return url;
  throw new TablepickError('BAD_OPTION', 'no payment provider is named', {
    hint: 'give --gateway-url, or serve the fake one, too: tablepick serve payment gateway',
  });
}

function needSecret(secret: string | undefined): string {
  if (secret !== undefined) return secret;
  throw new TablepickError('BAD_OPTION', 'no secret is named by which callbacks are checked', {
    hint: "give the provider's secret in --callback-secret-file or TABLEPICK_CALLBACK_SECRET",
  });
}
