import type { ConsumerEvent, RelayEvent } from '../messaging/index.js';
import type { MissingPart } from '../observe/readiness.js';
import type { GatewayEvent } from '../payments/index.js';
import type { FailedRequest, RequestServed } from '../servers/index.js';

/** The services that `startServices` starts. */
export type ServiceName = 'reservation' | 'payment' | 'notifications';

/** An event of one of the services. */
export type ServiceEvent =
  | { service: 'reservation' | 'payment'; kind: 'relay'; event: RelayEvent }
  | { service: ServiceName; kind: 'consumer'; group: string; event: ConsumerEvent }
  /** Only of a gateway that was named by its URL. */
  | { service: 'payment'; kind: 'gateway'; event: GatewayEvent }
  | { service: 'reservation' | 'payment'; kind: 'http-served'; event: RequestServed }
  /** A request was answered with a status of 500 or more, or its answer ended half way. */
  | { service: 'reservation' | 'payment'; kind: 'http-error'; error: unknown; request: FailedRequest }
  /** Due holds could not be expired. */
  | { service: 'reservation'; kind: 'expire-error'; error: unknown }
  /** A payment could not be looked up, or its end could not be noted. */
  | { service: 'payment'; kind: 'settle-error'; error: unknown }
  /** Something is missing. It is told again when it was there meanwhile. `error` is the whole truth, for the log. */
  | { service: ServiceName; kind: 'not-ready'; what: MissingPart['what']; error: unknown }
  /** What was missing is there again. */
  | { service: ServiceName; kind: 'ready-again'; what: MissingPart['what'] };
