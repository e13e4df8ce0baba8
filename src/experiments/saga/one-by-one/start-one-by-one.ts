import type { Closing } from '../../../closing.js';
import type { Database } from '../../../database/index.js';
import type { ConsumerEvent, Transport } from '../../../messaging/index.js';
import { startParticipant } from '../../../messaging/start-participant.js';
import { ignoredTypes } from '../../../payments/events.js';
import {
  type PaymentGateway,
  paymentGroup,
  paymentTopic,
  reservationTopic,
  sagaTopics,
} from '../../../payments/index.js';
import { type Reservations, createReservations } from '../../../reservations/index.js';
import { recordSaga, reservationGroup } from '../../../saga/index.js';
import { confirmReservation } from './confirm-reservation.js';
import { paymentSteps } from './payment-steps.js';

/** Databases and transport of a system that handles one message a transaction. */
export interface OneByOneOptions {
  database: Database;
  payments: Database;
  transport: Transport;
  gateway: PaymentGateway;
  /** Receives the events of the reservation side's consumer. */
  onEvent: (event: ConsumerEvent) => void;
}

/** Starts both sides of the saga as they were before batches, for comparison. Stopped by `closing`. */
export async function startOneByOne(
  { database, payments, transport, gateway, onEvent }: OneByOneOptions,
  closing: Closing,
): Promise<Reservations> {
  await transport.createTopics(sagaTopics());
  const paying = await startParticipant({
    consumer: {
      database: payments,
      transport,
      handlers: paymentSteps({ database: payments, gateway }),
      group: paymentGroup,
      topics: [reservationTopic, paymentTopic],
      ignored: ignoredTypes(['ReservationCreated', 'PaymentRequested']),
    },
    relay: { database: payments, transport },
    relayedBy: undefined,
  });
  closing.onClose(() => paying.stop());
  const reservations = createReservations({ database, recordChanges: recordSaga() });
  closing.onClose(() => reservations.close());
  const confirming = await startParticipant({
    consumer: {
      database,
      transport,
      handlers: { PaymentSucceeded: confirmReservation(database) },
      group: reservationGroup,
      topics: [paymentTopic],
      ignored: ignoredTypes(['PaymentSucceeded']),
      onEvent,
    },
    relay: { database, transport },
    relayedBy: undefined,
  });
  closing.onClose(() => confirming.stop());
  return reservations;
}
