// One service of the saga, or its payment provider, in a process of its own.
import { connect } from 'tablepick/database';
import { createKafkaTransport } from 'tablepick/messaging';
import { createFolderMailer } from 'tablepick/notifications';
import { createHttpGateway } from 'tablepick/payments';
import { startGatewayServer } from 'tablepick/servers';
import { startServices } from 'tablepick/services';
import { withFailpoints } from 'tablepick/testing';

import { runWorker, tellTriggered } from './fire-worker.mjs';

const consumer = { retry: { kind: 'blocking', attempts: 12, baseMs: 100, capMs: 2000 } };
const relay = { pollMs: 100, cleanUp: false };

async function openPorts({ kafka, plan }, url, more = {}) {
  const bare = await connect({ url, poolSize: 24 });
  const transport = createKafkaTransport({ ...kafka, sessionTimeoutMs: 2000, onError: () => {} });
  return withFailpoints({ ...more, transport, database: bare }, plan, tellTriggered);
}

/** The topics are there, and each service closes the ports that were opened for it. */
async function start({ database, transport }, settings) {
  const services = await startServices({ transport, partitions: false, ...settings });
  return async () => {
    await services.stop();
    await transport.close();
    await database.close();
  };
}

async function startReserving(job) {
  const ports = await openPorts(job, job.reservationUrl);
  return start(ports, { reservation: { database: ports.database, consumer, relay, expireEveryMs: 300 } });
}

async function startPaying(job) {
  const plain = createHttpGateway({ url: job.gatewayUrl, timeoutMs: 500, attempts: 2 });
  const ports = await openPorts(job, job.paymentUrl, { gateway: plain });
  const { database, gateway } = ports;
  const http = { secret: job.secret, port: job.paymentPort };
  const stop = await start(ports, { payment: { database, gateway, http, consumer, relay, settle: false } });
  return async () => {
    await stop();
    plain.close();
  };
}

async function startNotifying(job) {
  const ports = await openPorts(job, job.reservationUrl);
  const notifications = {
    database: ports.database,
    mailer: createFolderMailer(job.mailFolder),
    from: 'no-reply@example.test',
    recipient: ({ memberId }) => `guest-${memberId}@example.test`,
  };
  return start(ports, { notifications });
}

async function startProviding({ gateway }) {
  const server = await startGatewayServer({ ...gateway, onError: () => {} });
  return () => server.stop();
}

const roles = {
  reservation: startReserving,
  payment: startPaying,
  notifications: startNotifying,
  gateway: startProviding,
};

await runWorker((job) => roles[job.role](job));
