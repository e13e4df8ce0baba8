import { connect, migrate } from 'tablepick';
import type { Database, SqlValue } from 'tablepick/database';
import { createHttpGateway, defaultPricing, type PaymentGateway, type PaymentStatus } from 'tablepick/payments';
import { reconcile, type ReconcileOptions, type ReconcileResult } from 'tablepick/reconcile';
import { createReservations, type Reservations, type ReservationStatus } from 'tablepick/reservations';
import { recordSaga, type CompensationState } from 'tablepick/saga';
import { startGatewayServer, type GatewayServer } from 'tablepick/servers';

import { type TestServer, withTestDatabase } from './servers.js';

/** The wanted state of a reservation and its payment. All of it is an hour old unless said otherwise. */
export interface WrongState {
  status?: ReservationStatus;
  heard?: string;
  /** False: there is no reservation. */
  reservation?: false;
  /** True: it is a hold that expired an hour ago. */
  due?: true;
  payment?: PaymentStatus;
  compensation?: CompensationState;
  /** The provider's state of the payment. Default: `approved` for a payment that is PAID. */
  provider?: 'approved' | 'declined' | 'refunded' | 'refund-refused';
  /** Default: 10,000 KRW for two guests. */
  providerAmount?: number;
  ageSeconds?: number;
}

/** Both services, a provider, and slots of one seat with the ids 1, 2, … */
export interface ReconcileScene {
  database: Database;
  payments: Database;
  urls: { reservations: string; payments: string };
  reservations: Reservations;
  provider: GatewayServer;
  gateway: PaymentGateway;
  /** Puts a state into the tables. Returns the id of its reservation, which is also the id of its slot. */
  put(state: WrongState): Promise<number>;
  run(options?: Partial<ReconcileOptions>): Promise<ReconcileResult>;
  /** Runs a statement directly on the database. */
  reservationSql<Row extends object>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  paymentSql<Row extends object>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** Two results are equal exactly when nothing was written between them. */
  contents(): Promise<string[]>;
}

/** Slots of a scene. */
const SLOTS = 600;

/** Runs `work` in such a scene and cleans up. */
export async function withReconcileScene(
  server: TestServer,
  work: (scene: ReconcileScene) => Promise<void>,
): Promise<void> {
  const provider = await startGatewayServer({ seed: 1 });
  const gateway = createHttpGateway({ url: provider.url });
  try {
    await withTestDatabase(server, ({ url }) =>
      withTestDatabase(server, async (other) => {
        const urls = { reservations: url, payments: other.url };
        const database = await connect({ url });
        const payments = await connect({ url: other.url });
        const reservations = createReservations({ database, recordChanges: recordSaga() });
        try {
          await fill(database, payments);
          await work(sceneOf({ database, payments, urls, reservations, provider, gateway }));
        } finally {
          await reservations.close();
          await database.close();
          await payments.close();
        }
      }),
    );
  } finally {
    gateway.close();
    await provider.stop();
  }
}

type Parts = Pick<ReconcileScene, 'database' | 'payments' | 'urls' | 'reservations' | 'provider' | 'gateway'>;

async function fill(database: Database, payments: Database): Promise<void> {
  await migrate(database);
  await migrate(payments, { owner: 'payment' });
  await runSql(
    database,
    "INSERT INTO {restaurant} ({restaurant.id}, {restaurant.name}, {restaurant.maxCapacity}) VALUES (1, 'a', 9)",
  );
  const rows = Array.from({ length: SLOTS }, (_, index) => {
    const date = new Date(Date.UTC(2099, 0, 1 + Math.floor(index / 24))).toISOString().slice(0, 10);
    return `(${index + 1}, 1, '${date}', '${index % 24}:00', 9)`;
  });
  await runSql(
    database,
    `INSERT INTO {slot} ({slot.id}, {slot.restaurantId}, {slot.date}, {slot.time}, {slot.capacity}) VALUES ${rows.join(', ')}`,
  );
}

function sceneOf(parts: Parts): ReconcileScene {
  const { database, payments, reservations, gateway } = parts;
  let last = 0;
  return {
    ...parts,
    put: async (state) => {
      last += 1;
      await putState(parts, last, state);
      return last;
    },
    run: (options = {}) =>
      reconcile({
        reservationDatabase: database,
        paymentDatabase: payments,
        reservations,
        gateway,
        pricing: defaultPricing,
        ...options,
      }),
    reservationSql: (sql, values) => runSql(database, sql, values),
    paymentSql: (sql, values) => runSql(payments, sql, values),
    contents: async () => [...(await contentsOf(database)), ...(await contentsOf(payments))],
  };
}

async function putState(parts: Parts, id: number, state: WrongState): Promise<void> {
  const { status = 'PENDING', heard = null, due, payment, compensation, ageSeconds = 3600 } = state;
  const { database, payments } = parts;
  if (state.reservation !== false) {
    await runSql(
      database,
      `INSERT INTO {reservation} ({reservation.id}, {reservation.slotId}, {reservation.restaurantId}, {reservation.memberId},
        {reservation.partySize}, {reservation.status}, {reservation.paymentStatus}, {reservation.createdAt}, {reservation.expiresAt})
        VALUES (?, ?, 1, ?, 2, ?, ?, NOW(6) - INTERVAL ? SECOND, IF(?, NOW(6) - INTERVAL ? SECOND, NULL))`,
      [id, id, id, status, heard, ageSeconds, due === true, ageSeconds],
    );
    const isLive = status === 'PENDING' || status === 'CONFIRMED';
    if (isLive) await runSql(database, 'UPDATE {slot} SET {slot.count} = 1 WHERE {slot.id} = ?', [id]);
  }
  if (payment !== undefined) {
    await runSql(
      payments,
      `INSERT INTO payment (reservation_id, status, amount, currency, changed_at)
        VALUES (?, ?, 10000, 'KRW', NOW(6) - INTERVAL ? SECOND)`,
      [id, payment, ageSeconds],
    );
  }
  if (compensation !== undefined) {
    await runSql(
      database,
      `INSERT INTO compensation (reservation_id, state, reason, changed_at) VALUES (?, ?, 'test', NOW(6) - INTERVAL ? SECOND)`,
      [id, compensation, ageSeconds],
    );
  }
  await askProvider(parts, id, state);
}

async function askProvider(
  { provider, gateway }: Parts,
  reservationId: number,
  { payment, provider: wanted = payment === 'PAID' ? 'approved' : undefined, providerAmount = 10_000 }: WrongState,
): Promise<void> {
  if (wanted === undefined) return;
  provider.changeFaults({
    failRate: wanted === 'declined' ? 1 : 0,
    refuseRefundRate: wanted === 'refund-refused' ? 1 : 0,
  });
  await gateway.approve({ reservationId, amount: providerAmount, currency: 'KRW' });
  if (wanted === 'refunded' || wanted === 'refund-refused') await gateway.cancel({ reservationId });
  provider.changeFaults({ failRate: 0, refuseRefundRate: 0 });
}

async function runSql<Row extends object>(
  database: Database,
  sql: string,
  values: readonly SqlValue[] = [],
): Promise<Row[]> {
  return database.session((session) => session.query<Row>(sql, values));
}

/** Uses the rows themselves: MariaDB's CHECKSUM TABLE gives two results for one table with a generated column. */
async function contentsOf(database: Database): Promise<string[]> {
  const tables = await runSql<{ name: string }>(
    database,
    'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name',
  );
  const contents: string[] = [];
  for (const { name } of tables) {
    contents.push(`${name} ${JSON.stringify(await runSql(database, `SELECT * FROM \`${name}\` ORDER BY 1`))}`);
  }
  return contents;
}
