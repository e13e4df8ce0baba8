import { type Database, connect } from '../../database/index.js';
import { type Transport, openTransport } from '../../messaging/index.js';
import { createFolderMailer, startNotifications } from '../../notifications/index.js';
import { createHttpGateway, startPayments } from '../../payments/index.js';
import { createReservations } from '../../reservations/index.js';
import { recordSaga, startReservationSide } from '../../saga/index.js';
import { startPaymentServer } from '../../servers/index.js';
import { sendToParent } from '../processes/measuring-process.js';
import { LEASE_MS, SAGA_JOB, type SagaJob } from './simulate-job.js';
import { PendingFaults, dieOf } from './pending-faults.js';
import { faultyGateway } from './faulty-gateway.js';
import { faultyTransport } from './faulty-transport.js';

/** A service of the simulation, in a process that scenarios may kill. */
const job = JSON.parse(process.env[SAGA_JOB] ?? '{}') as SagaJob;
const { places, scenarios, occurred, role } = job;
const pendingFaults = new PendingFaults(scenarios.filter(({ id }) => !occurred.includes(id)));

interface Setting {
  database: Database;
  transport: Transport;
  consumer: Parameters<typeof startReservationSide>[0]['consumer'];
}

const retry = { kind: 'blocking', attempts: 10, baseMs: 100, capMs: 1000 } as const;

async function run(): Promise<void> {
  const database = await connect({ url: places.reservationUrl, poolSize: 24 });
  const { transport: kind, kafka } = places;
  const carried = await openTransport({ kind, database, leaseMs: LEASE_MS, ...kafka });
  const setting: Setting = {
    database,
    transport: faultyTransport(carried, pendingFaults),
    consumer: {
      onEvent: (event) => {
        // A skipped message counts, too: another scenario's kill came between its effect and this event.
        if (event.kind !== 'handled' && !(event.kind === 'skipped' && event.why === 'duplicate')) return;
        const doomed = pendingFaults.take('consumer-killed-after-effect', event);
        if (doomed !== undefined) void dieOf(doomed);
      },
    },
  };
  await { reservation: runReservations, payment: runPayments, notifications: runNotifications }[role](setting);
  await sendToParent({ kind: 'ready' });
}

async function runReservations({ database, transport, consumer }: Setting): Promise<void> {
  const reservations = createReservations({ database, recordChanges: recordSaga() });
  await startReservationSide({
    database,
    reservations,
    transport,
    consumer: { retry, ...consumer },
    expireEveryMs: 200,
  });
}

async function runPayments({ transport, consumer }: Setting): Promise<void> {
  const database = await connect({ url: places.paymentUrl, poolSize: 24 });
  const gatewayOf = (url: string) => createHttpGateway({ url });
  const { confirmed, declined, cancelled, 'refund-refused': refused } = places.gateways;
  const gateways = {
    confirmed: gatewayOf(confirmed),
    declined: gatewayOf(declined),
    cancelled: gatewayOf(cancelled),
    'refund-refused': gatewayOf(refused),
  };
  const stories = new Map(scenarios.map(({ id, story }) => [id, story]));
  const gateway = faultyGateway(gateways, { pendingFaults, storyOf: (id) => stories.get(id) ?? 'confirmed' });
  await startPayments({ database, transport, gateway, consumer: { retry, ...consumer } });
  await startPaymentServer({ database, secret: places.secret, port: places.paymentPort, onError: () => {} });
}

async function runNotifications({ database, transport, consumer }: Setting): Promise<void> {
  await startNotifications({
    database,
    transport,
    consumer,
    mailer: createFolderMailer(places.mailFolder),
    recipient: ({ memberId }) => `guest-${memberId}@example.test`,
    from: 'no-reply@example.test',
  });
}

await run().catch((error: unknown) => sendToParent({ kind: 'failed', message: String(error) }));
