import {
  type PaymentGateway,
  createHttpGateway,
  keepSettling,
  paymentGroup,
  paymentTopic,
  reservationTopic,
  startPayments,
} from '../payments/index.js';
import { addDeadLetterGauge, addLagGauge, addOutboxGauges } from './add-gauges.js';
import { createReadinessCheck } from './readiness-check.js';
import type { PaymentService, PaymentServiceOptions } from './services.js';
import type { Participant, StartedService, Starting } from './starting.js';

const service = 'payment' as const;

/** Starts the payment service: its part of the saga, the look-ups of overdue payments, then HTTP if it is wanted. */
export async function startPaymentService(
  options: PaymentServiceOptions,
  starting: Starting,
): Promise<StartedService & PaymentService> {
  const { database, http } = options;
  const { tell, closing } = starting;
  const gateway = openGateway(options, starting);
  await startExchange(options, starting, gateway);
  startSettling(options, starting, gateway);
  const participant = { service, database, group: paymentGroup, topics: [reservationTopic, paymentTopic] };
  addGauges(participant, starting);
  const ready = createReadinessCheck(participant, starting);
  if (http === undefined) return { url: undefined, ready };
  const { startPaymentServer } = await import('../servers/index.js');
  const server = await startPaymentServer({
    ...http,
    database,
    ready,
    onError: (error, request) => tell({ service, kind: 'http-error', error, request }),
    onServed: (event) => tell({ service, kind: 'http-served', event }),
  });
  closing.onClose(() => server.stop());
  return { url: server.url, ready };
}

function openGateway({ gateway: wanted }: PaymentServiceOptions, { tell, closing }: Starting): PaymentGateway {
  if ('approve' in wanted) return wanted;
  const gateway = createHttpGateway({ ...wanted, onEvent: (event) => tell({ service, kind: 'gateway', event }) });
  closing.onClose(() => gateway.close());
  return gateway;
}

async function startExchange(
  { database, consumer, relay, relayedBy }: PaymentServiceOptions,
  { transport, tell, closing }: Starting,
  gateway: PaymentGateway,
): Promise<void> {
  const group = paymentGroup;
  const payments = await startPayments({
    database,
    transport,
    gateway,
    relayedBy,
    consumer: { ...consumer, onEvent: (event) => tell({ service, kind: 'consumer', group, event }) },
    relay: { ...relay, onEvent: (event) => tell({ service, kind: 'relay', event }) },
  });
  closing.onClose(() => payments.stop());
}

function startSettling(
  { database, settle = {} }: PaymentServiceOptions,
  { tell, closing }: Starting,
  gateway: PaymentGateway,
): void {
  if (settle === false) return;
  const onError = (error: unknown): void => tell({ service, kind: 'settle-error', error });
  const settling = keepSettling({ ...settle, database, gateway, onError });
  closing.onClose(() => settling.stop());
}

function addGauges(participant: Participant, starting: Starting): void {
  addOutboxGauges(participant, starting);
  addDeadLetterGauge(participant, starting);
  addLagGauge(participant, starting);
}
