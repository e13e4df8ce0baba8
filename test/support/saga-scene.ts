import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Database, connect, migrate } from 'tablepick/database';
import { type Transport, openTransport, withTopicPrefix } from 'tablepick/messaging';
import type { HttpGatewayOptions } from 'tablepick/payments';
import type { Reservations, ReservationsOptions } from 'tablepick/reservations';
import type { RecordSagaOptions } from 'tablepick/saga';
import { type GatewayServer, type GatewayServerOptions, startGatewayServer } from 'tablepick/servers';
import { startServices } from 'tablepick/services';

import { freePort } from './free-port.js';
import { withReservationScene } from './reservation-scene.js';
import { type TestServer, testKafka, withTestDatabase } from './servers.js';

/** Both services at work in this process, with a fake provider that calls back. */
export interface SagaScene {
  database: Database;
  payments: Database;
  transport: Transport;
  reservations: Reservations;
  provider: GatewayServer;
  /** The URL for the provider's callbacks. */
  callbackUrl: string;
  /** Runs a statement directly on the reservation side's database. */
  run(sql: string, values?: readonly (string | number)[]): Promise<void>;
  reserve(slotId: number, memberId: number, more?: { partySize?: number; holdTtlMs?: number }): Promise<number>;
  /** Resolves with the reservation's status and its heard payment, when `isThere` returns true. */
  until(reservationId: number, isThere: (row: SagaRow) => boolean): Promise<SagaRow>;
}

/** A reservation, its compensation and its payment, as the tables have them. */
export interface SagaRow {
  status: string;
  heard: string | null;
  compensation: string | null;
  payment: string | null;
}

/** Settings of {@link withSaga}. */
export interface SagaSettings {
  carrier?: 'database' | 'kafka';
  slots?: number;
  capacity?: number;
  gateway?: GatewayServerOptions;
  client?: Omit<Partial<HttpGatewayOptions>, 'url' | 'onEvent'>;
  saga?: RecordSagaOptions;
  reservations?: Omit<ReservationsOptions, 'database' | 'recordChanges'>;
}

/** The secret that signs callbacks. */
export const SECRET = 'between provider and payments';
const QUICK = { kind: 'blocking', attempts: 4, baseMs: 50, capMs: 200 } as const;

/** Runs `work` with both services at work, and stops and cleans up everything. */
export async function withSaga(
  server: TestServer,
  settings: SagaSettings,
  work: (scene: SagaScene) => Promise<void>,
): Promise<void> {
  const { slots = 4, capacity = 10 } = settings;
  await withReservationScene(server, { slots, capacity, poolSize: 30 }, ({ database, run }) =>
    withTestDatabase(server, async ({ url }) => {
      const closers: (() => Promise<unknown>)[] = [];
      const opened = <T>(value: T, close: (value: T) => Promise<unknown>): T => (
        closers.push(() => close(value)),
        value
      );
      try {
        const payments = opened(await connect({ url, poolSize: 20 }), (each) => each.close());
        await migrate(payments, { owner: 'payment' });
        const scene = await openScene({ database, payments, settings, opened });
        await work({ ...scene, run });
      } finally {
        for (const close of closers.reverse()) await close();
      }
    }),
  );
}

interface Opening {
  database: Database;
  payments: Database;
  settings: SagaSettings;
  opened: <T>(value: T, close: (value: T) => Promise<unknown>) => T;
}

async function openScene({ database, payments, settings, opened }: Opening): Promise<Omit<SagaScene, 'run'>> {
  // Provider and payment service must know each other's address before either listens.
  const port = await freePort();
  const callbackUrl = `http://127.0.0.1:${port}/callbacks`;
  const provider = opened(
    await startGatewayServer({ secret: SECRET, callbackUrl, callbackDelayMs: 20, ...settings.gateway }),
    (each) => each.stop(),
  );
  const transport = opened(await openCarrier(database, settings.carrier), (each) => each.close());
  const consumer = { retry: QUICK };
  const services = await startServices({
    transport,
    partitions: 3,
    reservation: {
      database,
      consumer,
      expireEveryMs: 100,
      reservations: { saga: settings.saga, ...settings.reservations },
    },
    payment: {
      database: payments,
      gateway: { url: provider.url, timeoutMs: 1000, ...settings.client },
      http: { secret: SECRET, port },
      consumer,
      settle: false,
    },
  });
  opened(services, (each) => each.stop());
  const { reservations } = services.reservation!;
  let key = 0;
  return {
    database,
    payments,
    transport,
    reservations,
    provider,
    callbackUrl,
    reserve: async (slotId, memberId, { partySize = 2, holdTtlMs = 60_000 } = {}) => {
      const request = { slotId, memberId, partySize, holdTtlMs, idempotencyKey: `key-${(key += 1)}` };
      const outcome = await reservations.reserve(request);
      if (outcome.kind !== 'reserved') throw new Error(`not reserved: ${JSON.stringify(outcome)}`);
      return outcome.reservationId;
    },
    until: (reservationId, isThere) => untilRow({ database, payments }, reservationId, isThere),
  };
}

/** Many tests share a broker, so each has topics and groups of its own. */
async function openCarrier(database: Database, kind: SagaSettings['carrier'] = 'database'): Promise<Transport> {
  if (kind === 'database') return openTransport({ kind, database, leaseMs: 2000 });
  return withTopicPrefix(await openTransport({ kind, ...testKafka() }), `${randomBytes(4).toString('hex')}.`);
}

async function untilRow(
  { database, payments }: { database: Database; payments: Database },
  reservationId: number,
  isThere: (row: SagaRow) => boolean,
): Promise<SagaRow> {
  const deadline = Date.now() + 90_000;
  for (;;) {
    const row = await readRow({ database, payments }, reservationId);
    if (isThere(row)) return row;
    if (Date.now() > deadline) throw new Error(`reservation ${reservationId} is still ${JSON.stringify(row)}`);
    await sleep(20);
  }
}

async function readRow(
  { database, payments }: { database: Database; payments: Database },
  reservationId: number,
): Promise<SagaRow> {
  const [seat] = await database.query<Omit<SagaRow, 'payment'>>(
    `SELECT r.status, r.payment_status AS heard, c.state AS compensation
      FROM reservation r LEFT JOIN compensation c ON c.reservation_id = r.id WHERE r.id = ?`,
    [reservationId],
  );
  const [money] = await payments.query<{ status: string }>('SELECT status FROM payment WHERE reservation_id = ?', [
    reservationId,
  ]);
  return { ...(seat ?? { status: 'none', heard: null, compensation: null }), payment: money?.status ?? null };
}
