import type { Database } from '../database/index.js';
import type { OpenTransportOptions, Transport } from '../messaging/index.js';
import type { NotificationsOptions } from '../notifications/index.js';
import type { Metrics } from '../observe/metrics.js';
import type { MissingPart, Readiness } from '../observe/readiness.js';
import type { HttpGatewayOptions, PaymentGateway, PaymentsOptions, SettleOverdueOptions } from '../payments/index.js';
import type { Reservations, ReservationsOptions } from '../reservations/index.js';
import type { RecordSagaOptions, RefuseInTimeOptions, ReservationSideOptions } from '../saga/index.js';
import type { PaymentServerOptions, ReservationServerOptions } from '../servers/index.js';
import type { ServiceEvent, ServiceName } from './service-event.js';

/** Settings of the reservation service. */
export interface ReservationServiceOptions {
  /** It stays open. */
  database: Database;
  /**
   * Settings of the reservations, and of the messages about them. Or reservations of your own, created with
   * `recordChanges: recordSaga()`: these stay open. Default: the default strategy.
   */
  reservations?:
    | Reservations
    | (Omit<ReservationsOptions, 'database' | 'recordChanges'> & { saga?: RecordSagaOptions | undefined })
    | undefined;
  /** Without it, nothing listens. */
  http?:
    | Omit<ReservationServerOptions, 'database' | 'reservations' | 'holdTtlMs' | 'ready' | 'onError' | 'onServed'>
    | undefined;
  /** How long a reservation over HTTP waits for its payment. Default ten minutes. */
  holdTtlMs?: number | undefined;
  /**
   * Refuses requests whose hold would run out before they can be paid, see `refuseInTime` of `tablepick/saga`. For
   * reservations of your own, set their `admit` instead. Default false.
   */
  refuseInTime?: boolean | Omit<RefuseInTimeOptions, 'database'> | undefined;
  /** As in {@link ReservationSideOptions}. */
  expireEveryMs?: ReservationSideOptions['expireEveryMs'];
  consumer?: Omit<NonNullable<ReservationSideOptions['consumer']>, 'onEvent'> | undefined;
  relay?: Omit<NonNullable<ReservationSideOptions['relay']>, 'onEvent'> | undefined;
  relayedBy?: ReservationSideOptions['relayedBy'];
}

/** Settings of the payment service. */
export interface PaymentServiceOptions {
  /** The payment service's own database. It stays open. */
  database: Database;
  /** A provider behind HTTP, or your own port to it, which stays open. */
  gateway: PaymentGateway | Omit<HttpGatewayOptions, 'onEvent'>;
  /** The callbacks of the provider. Without it, nothing listens. */
  http?: Omit<PaymentServerOptions, 'database' | 'ready' | 'onError' | 'onServed'> | undefined;
  consumer?: Omit<NonNullable<PaymentsOptions['consumer']>, 'onEvent'> | undefined;
  relay?: Omit<NonNullable<PaymentsOptions['relay']>, 'onEvent'> | undefined;
  relayedBy?: PaymentsOptions['relayedBy'];
  /** How the provider is asked for overdue payments. `false`: another process asks. */
  settle?: (Pick<SettleOverdueOptions, 'olderThanMs' | 'limit'> & { everyMs?: number | undefined }) | false | undefined;
}

/** Settings of the notifications. Database and mailer stay open. */
export interface NotificationServiceOptions extends Omit<NotificationsOptions, 'transport' | 'consumer'> {
  consumer?: Omit<NonNullable<NotificationsOptions['consumer']>, 'onEvent'> | undefined;
}

/** Settings of `startServices`. Only the named services are started. */
export interface ServicesOptions {
  /** How to open a transport, which is closed at the end. Or one of your own, which stays open. */
  transport: Transport | OpenTransportOptions;
  /** The partitions of the topics that are missing; they are created. Default 6. `false`: the topics are there. */
  partitions?: number | false | undefined;
  reservation?: ReservationServiceOptions | undefined;
  payment?: PaymentServiceOptions | undefined;
  notifications?: NotificationServiceOptions | undefined;
  /** Counts what the services do, until they are stopped. */
  metrics?: Metrics | undefined;
  /** Called with every event. What it throws is ignored. */
  onEvent?: ((event: ServiceEvent) => void) | undefined;
  /** Longest wait for an answer when it is asked whether a service is ready. Default 2000. */
  readyWithinMs?: number | undefined;
  /** Wait between two looks whether the services are ready, for the events. `false`: nobody looks. Default 10000. */
  readyEveryMs?: number | false | undefined;
  /** Stops the services. */
  signal?: AbortSignal | undefined;
}

/** A running reservation service. */
export interface ReservationService {
  /** `http://HOST:PORT`; undefined when nothing listens. */
  readonly url: string | undefined;
  /** To reserve without HTTP. They are counted, too. */
  readonly reservations: Reservations;
}

/** A running payment service. */
export interface PaymentService {
  /** `http://HOST:PORT`; undefined when nothing listens. */
  readonly url: string | undefined;
}

/** Whether services can do their work, and what each of them misses. */
export interface ServicesReadiness extends Readiness {
  missing: readonly (MissingPart & { service: ServiceName })[];
}

/** Running services. Those that were not named are undefined. */
export interface Services {
  readonly reservation: ReservationService | undefined;
  readonly payment: PaymentService | undefined;
  /**
   * Asks databases and transport. Each question is limited in time, and one is under way at most.
   */
  ready(): Promise<ServicesReadiness>;
  /**
   * Takes no more requests and messages, waits for those under way, and stops the service that was started last first.
   * A second call waits for the same end.
   */
  stop(): Promise<void>;
  /** As {@link Services.stop}. */
  [Symbol.asyncDispose](): Promise<void>;
}
