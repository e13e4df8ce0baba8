import { type Database, connect } from '../../database/index.js';
import { openTransport, withTopicPrefix } from '../../messaging/index.js';
import { createHttpGateway, defaultPricing, sagaTopics, startPayments } from '../../payments/index.js';
import { type Reservations, createReservations } from '../../reservations/index.js';
import { recordSaga, startReservationSide } from '../../saga/index.js';
import { type GatewayServer, startGatewayServer } from '../../servers/index.js';
import type { Arrivals } from '../relay/arrivals.js';
import { TransactionWatch } from '../server/transaction-watch.js';
import type { SagaRunJob, SagaRunOutcome } from './saga-job.js';

/** All services of the saga in this process. */
export interface SagaServices {
  reservations: Pick<Reservations, 'reserve'>;
  /** Watches the transactions of both services. */
  watch: TransactionWatch;
  ledger(): SagaRunOutcome['ledger'];
}

/** Guests of each reservation. */
export const partySize = 2;

/** Connections of each service. */
const poolSize = 24;

/**
 * Starts the reservation side, the payment service and a fake provider that answers at once, runs `work` and stops
 * them. Confirmations are noted in `arrivals`.
 */
export async function withSagaServices<T>(
  job: SagaRunJob,
  arrivals: Arrivals,
  work: (services: SagaServices) => Promise<T>,
): Promise<T> {
  const closing: (() => Promise<void> | void)[] = [];
  const opened = <Thing>(thing: Thing, close: (thing: Thing) => Promise<void> | void): Thing => {
    closing.push(() => close(thing));
    return thing;
  };
  try {
    return await work(await startServices({ job, arrivals, opened }));
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

interface Starting {
  job: SagaRunJob;
  arrivals: Arrivals;
  opened: <Thing>(thing: Thing, close: (thing: Thing) => Promise<void> | void) => Thing;
}

async function startServices({ job, arrivals, opened }: Starting): Promise<SagaServices> {
  const watch = new TransactionWatch();
  const open = async (connection: SagaRunJob['connection']): Promise<Database> =>
    watch.over(opened(await connect({ ...connection, poolSize }), (database) => database.close()));
  const database = await open(job.connection);
  const payments = await open(job.paymentConnection);
  const carried = await openTransport({ kind: job.carrier, database, ...job.kafka });
  const carrier = opened(carried, (transport) => transport.close());
  const transport = withTopicPrefix(carrier, `${job.prefix}.`);
  await transport.createTopics(sagaTopics());
  const provider = opened(await startGatewayServer(), (server) => server.stop());
  const gateway = opened(createHttpGateway({ url: provider.url }), (client) => client.close());
  const recordChanges = recordSaga();
  const reservations = opened(createReservations({ database, recordChanges }), (each) => each.close());
  const onEvent: NonNullable<Parameters<typeof startPayments>[0]['consumer']>['onEvent'] = (event) => {
    if (event.kind === 'handled' && event.type === 'PaymentSucceeded') arrivals.note(event.key);
  };
  opened(await startPayments({ database: payments, transport, gateway }), (service) => service.stop());
  const side = { database, reservations, transport, consumer: { onEvent } };
  opened(await startReservationSide(side), (service) => service.stop());
  return { reservations, watch, ledger: () => readLedger(provider) };
}

function readLedger(provider: GatewayServer): SagaRunOutcome['ledger'] {
  const lines = provider.ledger();
  const { amount } = defaultPricing({
    reservationId: 1,
    restaurantId: 1,
    memberId: 1,
    partySize,
    slotId: 1,
    slotIds: [1],
  });
  const chargedOnce = lines.filter(({ charged, refunded }) => charged === amount && refunded === 0).length;
  return { chargedOnce, otherwise: lines.length - chargedOnce };
}
