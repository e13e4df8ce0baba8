import { type Closing, withClosing } from '../../closing.js';
import { type Database, connect } from '../../database/index.js';
import { type ConsumerEvent, type Transport, openTransport, withTopicPrefix } from '../../messaging/index.js';
import { defaultPricing } from '../../payments/index.js';
import type { Reservations } from '../../reservations/index.js';
import { startServices } from '../../services/index.js';
import type { Arrivals } from '../relay/arrivals.js';
import { TransactionWatch } from '../server/transaction-watch.js';
import { type OneByOneOptions, startOneByOne } from './one-by-one/start-one-by-one.js';
import { type InstantProvider, createInstantProvider } from './instant-provider.js';
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
 * Starts the reservation side and the payment service with a provider that answers at once, runs `work` and stops
 * them. Confirmations are noted in `arrivals`.
 */
export function withSagaServices<T>(
  job: SagaRunJob,
  arrivals: Arrivals,
  work: (services: SagaServices) => Promise<T>,
): Promise<T> {
  return withClosing(async (closing) => {
    const watch = new TransactionWatch();
    const database = watch.over(await openDatabase(job.connection, closing));
    const payments = watch.over(await openDatabase(job.paymentConnection, closing));
    const gateway = createInstantProvider();
    const transport = await openCarrier(job, database, closing);
    const onEvent = (event: ConsumerEvent): void => noteArrival(arrivals, event);
    const start = job.way === 'one-by-one' ? startOneByOne : startAsShipped;
    const reservations = await start({ database, payments, transport, gateway, onEvent }, closing);
    return work({ reservations, watch, ledger: () => readLedger(gateway) });
  });
}

async function startAsShipped(
  { database, payments, transport, gateway, onEvent }: OneByOneOptions,
  closing: Closing,
): Promise<Reservations> {
  const services = await startServices({
    transport,
    reservation: { database },
    payment: { database: payments, gateway, settle: false },
    onEvent: (told) => told.service === 'reservation' && told.kind === 'consumer' && onEvent(told.event),
  });
  closing.onClose(() => services.stop());
  return services.reservation!.reservations;
}

async function openDatabase(connection: SagaRunJob['connection'], closing: Closing): Promise<Database> {
  const database = await connect({ ...connection, poolSize });
  closing.onClose(() => database.close());
  return database;
}

async function openCarrier(job: SagaRunJob, database: Database, closing: Closing): Promise<Transport> {
  const carrier = await openTransport({ kind: job.carrier, database, ...job.kafka });
  closing.onClose(() => carrier.close());
  return withTopicPrefix(carrier, `${job.prefix}.`);
}

function noteArrival(arrivals: Arrivals, event: ConsumerEvent): void {
  if (event.kind === 'handled' && event.type === 'PaymentSucceeded') arrivals.note(event.key);
}

function readLedger(provider: InstantProvider): SagaRunOutcome['ledger'] {
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
