import { requireFitOnce } from '../database/fit/require-fit-once.js';
import type { Consumer, ConsumerOptions, RelayOptions, RelayedBy, TopicSpec, Transport } from '../messaging/index.js';
import { startParticipant } from '../messaging/start-participant.js';
import { ignoredTypes, paymentTopic, reservationTopic } from './events.js';
import type { PaymentHandlerOptions } from './handlers/payment-handler-options.js';
import { paymentHandlers } from './handlers/payment-handlers.js';
import { PAYMENT_TABLES } from './payment-tables.js';

/** The consumer group of the payment service. */
export const paymentGroup = 'payments';

/** Settings of {@link startPayments}. */
export interface PaymentsOptions extends PaymentHandlerOptions {
  transport: Transport;
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
}

/** The topics of the saga, each with `partitions` partitions. */
export function sagaTopics(partitions = 6): TopicSpec[] {
  return [reservationTopic, paymentTopic].map((topic) => ({ topic, partitions }));
}

/**
 * The payment service's part of the saga: consumes requests, asks the provider, and relays its own outbox. The topics
 * must exist.
 *
 * @throws `BAD_OPTION` when the pool is too small; `TABLE_UNFIT` or `MISSING_TABLE`; `UNKNOWN_TOPIC`;
 * `TRANSPORT_UNAVAILABLE`, retriable. Then nothing runs.
 * @example
 * const gateway = createHttpGateway({ url: 'https://pay.example' });
 * const payments = await startPayments({ database: paymentDatabase, transport, gateway });
 */
export async function startPayments(options: PaymentsOptions): Promise<Consumer> {
  const { database, transport } = options;
  await requireFitOnce(database, PAYMENT_TABLES);
  const handlers = paymentHandlers(options);
  return startParticipant({
    consumer: {
      database,
      transport,
      handlers,
      group: paymentGroup,
      topics: [reservationTopic, paymentTopic],
      ignored: ignoredTypes(['ReservationCreated', 'PaymentRequested', 'RefundRequested']),
      ...options.consumer,
    },
    relay: { database, transport, ...options.relay },
    relayedBy: options.relayedBy,
  });
}
