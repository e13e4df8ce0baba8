import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { type Database, connect, migrate } from 'tablepick/database';
import { type Transport, createKafkaTransport, parseKafkaUrl } from 'tablepick/messaging';
import { notificationTopics } from 'tablepick/notifications';
import { type HttpGateway, createHttpGateway, sagaTopics } from 'tablepick/payments';
import type { GatewayFaults } from 'tablepick/servers';

import type { WorkerJob } from './fire-workers.js';
import { until } from './fire-judge.js';
import { freePort } from './free-port.js';
import { type PrivateSandbox, type PrivateServer, startPrivateSandbox, startPrivateServer } from './private-server.js';
import { withTestDatabase } from './servers.js';

const ADMIN_KEY = 'of the provider under fire';

/** A database server and a broker for this test alone, two empty schemas, and jobs for the services on them. */
export interface SagaFire {
  server: PrivateServer;
  broker: PrivateSandbox;
  reservationUrl: string;
  paymentUrl: string;
  reservationDb: Database;
  paymentDb: Database;
  transport: Transport;
  mailFolder: string;
  gatewayUrl: string;
  gateway: HttpGateway;
  jobs: Record<'reservation' | 'payment' | 'notifications' | 'gateway', WorkerJob>;
  /** Ends the faults of the provider, except for refunds that it refuses. */
  repairGateway(): Promise<void>;
}

const FAULTS: Partial<GatewayFaults> = {
  latencyMs: 20,
  jitterMs: 80,
  failRate: 0.1,
  lostAnswerRate: 0.1,
  errorRate: 0.1,
  refuseRefundRate: 0.1,
  duplicateCallbackRate: 0.1,
  lostCallbackRate: 0.15,
};

/** A dead member is noticed soon, and not only after ten seconds, so that a kill costs little. */
const BROKER = ['--override=group.min.session.timeout.ms=1000'];

/** Number of slots. Each has some hundred seats. */
export const SLOTS = 20;

/** Runs `work` with such services, which `work` must start. Afterwards nothing of them is left. */
export async function withSagaFire(
  { engine, seed }: { engine: 'mysql' | 'mariadb'; seed: number },
  work: (fire: SagaFire) => Promise<void>,
): Promise<void> {
  const started = await Promise.allSettled([
    startPrivateServer(engine),
    startPrivateSandbox('kafka', { serverOptions: BROKER }),
  ]);
  try {
    const [server, broker] = started.map((each) => {
      if (each.status === 'rejected') throw each.reason;
      return each.value;
    }) as [PrivateServer, PrivateSandbox];
    await withTestDatabase(server, ({ url: reservationUrl }) =>
      withTestDatabase(server, ({ url: paymentUrl }) =>
        withPlaces({ server, broker, reservationUrl, paymentUrl, seed }, work),
      ),
    );
  } finally {
    for (const each of started) if (each.status === 'fulfilled') await each.value.remove();
  }
}

type Servers = Pick<SagaFire, 'server' | 'broker' | 'reservationUrl' | 'paymentUrl'> & { seed: number };

async function withPlaces(servers: Servers, work: (fire: SagaFire) => Promise<void>): Promise<void> {
  const { reservationUrl, paymentUrl, broker } = servers;
  const folder = await mkdtemp(path.join(tmpdir(), 'tablepick-fire-'));
  const reservationDb = await connect({ url: reservationUrl, poolSize: 12 });
  const paymentDb = await connect({ url: paymentUrl, poolSize: 4 });
  const transport = createKafkaTransport(parseKafkaUrl(broker.url));
  try {
    await fill(reservationDb);
    await migrate(paymentDb, { owner: 'payment' });
    await transport.createTopics([...sagaTopics(), ...notificationTopics()]);
    const { jobs, gatewayUrl } = await jobsFor(servers, folder);
    const gateway = createHttpGateway({ url: gatewayUrl });
    const repaired = { ...FAULTS, latencyMs: 0, jitterMs: 0, lostAnswerRate: 0, errorRate: 0, lostCallbackRate: 0 };
    await work({
      ...servers,
      reservationDb,
      paymentDb,
      transport,
      mailFolder: path.join(folder, 'mails'),
      gatewayUrl,
      gateway,
      jobs,
      repairGateway: () => until('provider repaired', () => setFaults(gatewayUrl, repaired)),
    });
    gateway.close();
  } finally {
    await transport.close();
    await reservationDb.close();
    await paymentDb.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Resolves with false while the provider is away: it may have been killed just now. */
async function setFaults(gatewayUrl: string, faults: Partial<GatewayFaults>): Promise<boolean> {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${ADMIN_KEY}` };
  const request = { method: 'POST', body: JSON.stringify(faults), headers };
  return fetch(`${gatewayUrl}/admin/faults`, request).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function jobsFor({ reservationUrl, paymentUrl, broker, seed }: Servers, folder: string) {
  const [paymentPort, gatewayPort] = [await freePort(), await freePort()];
  const secret = randomBytes(16).toString('hex');
  const gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
  const gateway = {
    port: gatewayPort,
    adminKey: ADMIN_KEY,
    secret,
    seed,
    faults: FAULTS,
    callbackDelayMs: 100,
    callbackUrl: `http://127.0.0.1:${paymentPort}/callbacks`,
    stateFile: path.join(folder, 'payments.jsonl'),
  };
  const places = {
    reservationUrl,
    paymentUrl,
    paymentPort,
    gatewayUrl,
    secret,
    mailFolder: path.join(folder, 'mails'),
    kafka: parseKafkaUrl(broker.url),
  };
  const jobs: SagaFire['jobs'] = {
    reservation: { role: 'reservation', ...places },
    payment: { role: 'payment', ...places },
    notifications: { role: 'notifications', ...places },
    gateway: { role: 'gateway', gateway },
  };
  return { jobs, gatewayUrl };
}

async function fill(database: Database): Promise<void> {
  await migrate(database);
  await database.session(async (session) => {
    const run = (sql: string, values: number[] = []) => session.execute(sql, values);
    await run(
      "INSERT INTO {restaurant} ({restaurant.id}, {restaurant.name}, {restaurant.maxCapacity}) VALUES (1, 'a', 1)",
    );
    for (let id = 1; id <= SLOTS; id += 1) {
      await run(
        `INSERT INTO {slot} ({slot.id}, {slot.restaurantId}, {slot.date}, {slot.time}, {slot.capacity})
          VALUES (?, 1, DATE '2099-01-01' + INTERVAL ? DAY, '18:00', 200)`,
        [id, id],
      );
    }
  });
}
