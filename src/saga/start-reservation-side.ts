import { stoppable } from '../closing.js';
import type { Database } from '../database/index.js';
import { requireFitOnce } from '../database/fit/require-fit-once.js';
import type { Consumer, ConsumerOptions, RelayOptions, RelayedBy, Transport } from '../messaging/index.js';
import { startParticipant } from '../messaging/start-participant.js';
import { paymentTopic } from '../payments/index.js';
import { ignoredTypes } from '../payments/events.js';
import { type Reservations, keepExpiring } from '../reservations/index.js';
import { type ReservationHandlerOptions, reservationHandlers } from './reservation-handlers.js';
import { SAGA_TABLES } from './saga-tables.js';

/** The consumer group of the reservation side. */
export const reservationGroup = 'reservations';

/** Settings of {@link startReservationSide}. */
export interface ReservationSideOptions extends ReservationHandlerOptions {
  /** The reservation service's own database. */
  database: Database;
  /** Created with `recordChanges: recordSaga()`. */
  reservations: Pick<Reservations, 'changeAll' | 'expireDue'>;
  transport: Transport;
  /** Wait between two sweeps of due holds. `false`: another process sweeps. Default 1000. */
  expireEveryMs?: number | false | undefined;
  consumer?:
    | Partial<
        Pick<
          ConsumerOptions,
          'retry' | 'concurrency' | 'mostPerBatch' | 'prepareConcurrency' | 'maxInFlight' | 'watchdogMs' | 'onEvent'
        >
      >
    | undefined;
  relay?: Partial<Pick<RelayOptions, 'batchRows' | 'workers' | 'pollMs' | 'cleanUp' | 'onEvent'>> | undefined;
  /**
   * With `debezium`, no relay is started. Rows of the outbox stay, unless `relay` has
   * `cleanUp: { relayedBy: 'debezium' }`, which removes them by age. Default `tablepick`.
   */
  relayedBy?: RelayedBy | undefined;
  onError?: ((error: unknown) => void) | undefined;
}

/**
 * The reservation side's part of the saga: it handles messages about payments, expires due holds, and relays its
 * outbox. The topics must exist.
 *
 * @throws `BAD_OPTION` when the pool is too small; `TABLE_UNFIT` or `MISSING_TABLE`; `UNKNOWN_TOPIC`;
 * `TRANSPORT_UNAVAILABLE`, retriable. Then nothing runs.
 * @example
 * const reservations = createReservations({ database, recordChanges: recordSaga() });
 * const side = await startReservationSide({ database, reservations, transport });
 */
export async function startReservationSide(options: ReservationSideOptions): Promise<Consumer> {
  const { database, transport, reservations, expireEveryMs = 1000, onError } = options;
  await requireFitOnce(database, SAGA_TABLES);
  const handlers = reservationHandlers(options);
  const participant = await startParticipant({
    consumer: {
      database,
      transport,
      handlers,
      group: reservationGroup,
      topics: [paymentTopic],
      ignored: ignoredTypes(['PaymentSucceeded', 'PaymentFailed', 'PaymentRefunded', 'RefundFailed']),
      ...options.consumer,
    },
    relay: { database, transport, ...options.relay },
    relayedBy: options.relayedBy,
  });
  const sweeping =
    expireEveryMs === false ? undefined : keepExpiring(reservations, { everyMs: expireEveryMs, onError });
  return stoppable(async () => void (await Promise.all([participant.stop(), sweeping?.stop()])));
}
