// One service of the saga, or its payment provider, in a process of its own.
import { connect } from 'tablepick/database';
import { createKafkaTransport } from 'tablepick/messaging';
import { createFolderMailer, startNotifications } from 'tablepick/notifications';
import { createHttpGateway, startPayments } from 'tablepick/payments';
import { createReservations } from 'tablepick/reservations';
import { recordSaga, startReservationSide } from 'tablepick/saga';
import { startGatewayServer, startPaymentServer } from 'tablepick/servers';
import { withFailpoints } from 'tablepick/testing';

import { runWorker, tellTriggered } from './fire-worker.mjs';

const consumer = { retry: { kind: 'blocking', attempts: 12, baseMs: 100, capMs: 2000 } };
const relay = { pollMs: 100, cleanUp: false };
const onError = () => {};

async function openPorts({ kafka, plan }, url, more = {}) {
  const bare = await connect({ url, poolSize: 24 });
  const transport = createKafkaTransport({ ...kafka, sessionTimeoutMs: 2000, onError });
  return withFailpoints({ ...more, transport, database: bare }, plan, tellTriggered);
}

async function close(database, transport, ...parts) {
  for (const part of parts) await part.stop();
  await transport.close();
  await database.close();
}

async function startReserving(job) {
  const { database, transport } = await openPorts(job, job.reservationUrl);
  const reservations = createReservations({ database, recordChanges: recordSaga() });
  const side = await startReservationSide({
    database,
    reservations,
    transport,
    consumer,
    relay,
    onError,
    expireEveryMs: 300,
  });
  return async () => {
    await side.stop();
    await reservations.close();
    await close(database, transport);
  };
}

async function startPaying(job) {
  const plain = createHttpGateway({ url: job.gatewayUrl, timeoutMs: 500, attempts: 2 });
  const { database, transport, gateway } = await openPorts(job, job.paymentUrl, { gateway: plain });
  const payments = await startPayments({ database, transport, gateway, consumer, relay });
  const server = await startPaymentServer({ database, secret: job.secret, port: job.paymentPort, onError });
  return async () => {
    await close(database, transport, server, payments);
    plain.close();
  };
}

async function startNotifying(job) {
  const { database, transport } = await openPorts(job, job.reservationUrl);
  const notifications = await startNotifications({
    database,
    transport,
    mailer: createFolderMailer(job.mailFolder),
    from: 'no-reply@example.test',
    recipient: ({ memberId }) => `guest-${memberId}@example.test`,
  });
  return () => close(database, transport, notifications);
}

async function startProviding({ gateway }) {
  const server = await startGatewayServer({ ...gateway, onError });
  return () => server.stop();
}

const roles = {
  reservation: startReserving,
  payment: startPaying,
  notifications: startNotifying,
  gateway: startProviding,
};

await runWorker((job) => roles[job.role](job));
