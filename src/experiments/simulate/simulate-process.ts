import { type Database, connect } from '../../database/index.js';
import { openTransport } from '../../messaging/index.js';
import { createFolderMailer } from '../../notifications/index.js';
import { createHttpGateway } from '../../payments/index.js';
import {
  type NotificationServiceOptions,
  type PaymentServiceOptions,
  type ServiceEvent,
  type ServicesOptions,
  startServices,
} from '../../services/index.js';
import { sendToParent } from '../processes/measuring-process.js';
import { LEASE_MS, SAGA_JOB, type SagaJob } from './simulate-job.js';
import { PendingFaults, dieOf } from './pending-faults.js';
import { faultyGateway } from './faulty-gateway.js';
import { faultyTransport } from './faulty-transport.js';

/** A service of the simulation, in a process that scenarios may kill. */
const job = JSON.parse(process.env[SAGA_JOB] ?? '{}') as SagaJob;
const { places, scenarios, occurred, role } = job;
const pendingFaults = new PendingFaults(scenarios.filter(({ id }) => !occurred.includes(id)));

const retry = { kind: 'blocking', attempts: 10, baseMs: 100, capMs: 1000 } as const;

async function run(): Promise<void> {
  const database = await connect({ url: places.reservationUrl, poolSize: 24 });
  const { transport: kind, kafka } = places;
  const carried = await openTransport({ kind, database, leaseMs: LEASE_MS, ...kafka });
  await startServices({
    transport: faultyTransport(carried, pendingFaults),
    partitions: false,
    onEvent: dieOfEvent,
    ...(await settingsOf(role, database)),
  });
  await sendToParent({ kind: 'ready' });
}

function dieOfEvent(told: ServiceEvent): void {
  if (told.kind !== 'consumer') return;
  const { event } = told;
  // A skipped message counts, too: another scenario's kill came between its effect and this event.
  if (event.kind !== 'handled' && !(event.kind === 'skipped' && event.why === 'duplicate')) return;
  const doomed = pendingFaults.take('consumer-killed-after-effect', event);
  if (doomed !== undefined) void dieOf(doomed);
}

async function settingsOf(service: SagaJob['role'], database: Database): Promise<Partial<ServicesOptions>> {
  switch (service) {
    case 'reservation':
      return { reservation: { database, consumer: { retry }, expireEveryMs: 200 } };
    case 'payment':
      return { payment: await paymentSettings() };
    case 'notifications':
      return { notifications: notificationSettings(database) };
  }
}

async function paymentSettings(): Promise<PaymentServiceOptions> {
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
  const http = { secret: places.secret, port: places.paymentPort };
  // A provider gives up its callbacks when a killed service is long in coming back.
  const settle = { everyMs: 1000, olderThanMs: 5000 };
  return { database, gateway, http, consumer: { retry }, settle };
}

function notificationSettings(database: Database): NotificationServiceOptions {
  return {
    database,
    mailer: createFolderMailer(places.mailFolder),
    recipient: ({ memberId }) => `guest-${memberId}@example.test`,
    from: 'no-reply@example.test',
  };
}

await run().catch((error: unknown) => sendToParent({ kind: 'failed', message: String(error) }));
