import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Database } from 'tablepick/database';
import { createFolderMailer } from 'tablepick/notifications';
import { type GatewayServer, startGatewayServer } from 'tablepick/servers';
import { type ServiceEvent, type Services, type ServicesOptions, startServices } from 'tablepick/services';

import { withPaymentScene } from './payment-scene.js';
import { withReservationScene } from './reservation-scene.js';
import type { TestServer } from './servers.js';

/** Both databases and a provider, for services that a test starts. */
export interface ServicesScene {
  database: Database;
  payments: Database;
  provider: GatewayServer;
  mailFolder: string;
  /** All events so far. */
  events: ServiceEvent[];
  /** Settings of all services over the database, with `more` instead of some of them. */
  settings(more?: Partial<ServicesOptions>): ServicesOptions;
  /** Starts all services. They are stopped when the test ends. */
  start(more?: Partial<ServicesOptions>): Promise<Services>;
}

/** The secret of the callbacks. */
export const CALLBACK_SECRET = 'between provider and payments';

/** Runs `work` in such a scene, with 40 slots for ten guests each, and cleans up. */
export async function withServicesScene(
  server: TestServer,
  work: (scene: ServicesScene) => Promise<void>,
): Promise<void> {
  await withReservationScene(server, { slots: 40, capacity: 10, poolSize: 24 }, ({ database }) =>
    withPaymentScene(server, async ({ database: payments }) => {
      const provider = await startGatewayServer({ secret: CALLBACK_SECRET });
      const mailFolder = await mkdtemp(path.join(tmpdir(), 'tablepick-mails-'));
      const running: Services[] = [];
      try {
        await work(sceneOf({ database, payments, provider, mailFolder }, running));
      } finally {
        for (const services of running) await services.stop();
        await provider.stop();
        await rm(mailFolder, { recursive: true, force: true });
      }
    }),
  );
}

function sceneOf(
  opened: Pick<ServicesScene, 'database' | 'payments' | 'provider' | 'mailFolder'>,
  running: Services[],
): ServicesScene {
  const { database, payments, provider, mailFolder } = opened;
  const events: ServiceEvent[] = [];
  const settings: ServicesScene['settings'] = (more = {}) => ({
    transport: { kind: 'database', database },
    reservation: { database, http: {}, expireEveryMs: 100, relay: { workers: 2 } },
    payment: {
      database: payments,
      gateway: { url: provider.url },
      http: { secret: CALLBACK_SECRET },
      relay: { workers: 2 },
    },
    notifications: {
      database,
      mailer: createFolderMailer(mailFolder),
      from: 'no-reply@example.test',
      recipient: ({ memberId }) => `guest-${memberId}@example.test`,
    },
    onEvent: (event) => void events.push(event),
    ...more,
  });
  const start: ServicesScene['start'] = async (more) => {
    const services = await startServices(settings(more));
    running.push(services);
    return services;
  };
  return { ...opened, events, settings, start };
}
