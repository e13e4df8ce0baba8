import { type Database, type SqlValue, connect, migrate } from 'tablepick/database';
import { type Message, type RunHandlerOptions, createMessage, runHandler } from 'tablepick/messaging';
import { type GatewayPayment, type PaymentGateway, type PaymentStatus, paymentHandlers } from 'tablepick/payments';

import { type TestServer, withTestDatabase } from './servers.js';

/** The payment service's tables, and a provider that answers as a test wants. */
export interface PaymentScene {
  database: Database;
  put(reservationId: number, status: PaymentStatus, ageSeconds?: number): Promise<void>;
  /** Status of a payment, and the messages about it in its outbox. */
  stateOf(reservationId: number): Promise<string>;
  /** Hands a message to the payment service's handler, as a consumer does. */
  handle(message: Message, gateway: PaymentGateway, more?: Pick<RunHandlerOptions, 'isLastAttempt'>): Promise<void>;
}

/** Runs `work` in such a scene and cleans up. */
export async function withPaymentScene(
  server: TestServer,
  work: (scene: PaymentScene) => Promise<void>,
): Promise<void> {
  await withTestDatabase(server, async ({ url }) => {
    const database = await connect({ url });
    try {
      await migrate(database, { owner: 'payment' });
      await work(sceneOf(database));
    } finally {
      await database.close();
    }
  });
}

function sceneOf(database: Database): PaymentScene {
  const run = (sql: string, values: readonly SqlValue[]) => database.session((session) => session.execute(sql, values));
  return {
    database,
    put: async (id, status, ageSeconds = 3600) => {
      const sql = `INSERT INTO payment (reservation_id, status, amount, currency, changed_at)
        VALUES (?, ?, 10000, 'KRW', NOW(6) - INTERVAL ? SECOND)`;
      await run(sql, [id, status, ageSeconds]);
    },
    stateOf: async (id) => {
      const [payment] = await database.query<{ status: string }>(
        'SELECT status FROM payment WHERE reservation_id = ?',
        [id],
      );
      const told = 'SELECT type FROM outbox WHERE aggregateid = ? ORDER BY seq';
      const messages = await database.query<{ type: string }>(told, [String(id)]);
      return [payment?.status ?? '-', ...messages.map(({ type }) => type)].join(' ');
    },
    handle: async (message, gateway, more) => {
      const handler = paymentHandlers({ database, gateway })[message.type]!;
      await runHandler(handler, message, { database, group: 'payments', ...more });
    },
  };
}

/** A message about a reservation. */
export function messageOf(type: 'PaymentRequested' | 'RefundRequested', reservationId: number): Message {
  const aggregate = type === 'PaymentRequested' ? 'payments' : 'reservations';
  return createMessage({ type, key: String(reservationId), aggregate, data: { reservationId, reason: 'test' } });
}

/** A provider's report of a payment, by default of 10,000 KRW. */
export function saidOf(reservationId: number, state: GatewayPayment['state'], amount = 10_000): GatewayPayment {
  return { reservationId, state, providerId: `pay_${reservationId}`, amount, currency: 'KRW' };
}

/** A provider with these calls, and the names of the calls that were made. */
export function providerOf(calls: Partial<PaymentGateway>): PaymentGateway & { asked: string[] } {
  const asked: string[] = [];
  const named = <Name extends keyof PaymentGateway>(name: Name): PaymentGateway[Name] =>
    ((...words: Parameters<PaymentGateway[Name]>) => {
      asked.push(name);
      const call = calls[name] as ((...given: typeof words) => Promise<unknown>) | undefined;
      return call === undefined ? Promise.reject(new Error(`${name} was not to be asked`)) : call(...words);
    }) as PaymentGateway[Name];
  return { asked, approve: named('approve'), cancel: named('cancel'), find: named('find') };
}
