import { closeAfter } from '../../closing.js';
import { type ConnectOptions, type Database, connect, migrate } from '../../database/index.js';
import { createDatabase, databaseOf, urlOfDatabase } from '../../database/create-database.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import type { CommandContext } from '../command.js';
import { urlHasPassword } from '../secrets/read-password.js';
import type { PaymentDatabaseOptions } from '../options/service-options.js';
import { type WantedConnection, type Connection, withConnection } from './with-connection.js';
import type { OpenDatabase } from './with-database.js';

/** The input of {@link withPaymentDatabase} beside its work. */
export interface PaymentPlace {
  /** How the reservation side's database was found. */
  found: Connection;
  options: PaymentDatabaseOptions;
  poolSize?: number | undefined;
}

/**
 * Opens the payment service's database, runs `work` on it and closes it again. When it is missing on the sandbox, it is
 * created.
 *
 * @throws What connecting or `work` throws; an unknown database tells how to create it.
 */
export async function withPaymentDatabase<T>(
  { found, options, poolSize }: PaymentPlace,
  work: (payments: Database) => Promise<T>,
): Promise<T> {
  const { connection, isSandbox } = found;
  const url = paymentUrlOf(options, connection.url);
  // A URL with its own password does not need the reservation side's password, which is read apart from its URL.
  const password = urlHasPassword(url) ? undefined : connection.password;
  const place = { ...connection, url, password, poolSize };
  if (isSandbox) await createDatabase(connection, databaseOf(place.url));
  const database = await connect(place).catch((error: unknown) => {
    throw withAdvice(error, place);
  });
  return closeAfter(
    () => database.close(),
    async () => {
      if (isSandbox) await migrate(database, { owner: 'payment' });
      return work(database);
    },
  );
}

/** The named URL, else that of the reservation side with `_payment` behind the database's name. */
export function paymentUrlOf({ paymentUrl }: PaymentDatabaseOptions, reservationUrl: string): string {
  const named = paymentUrl ?? process.env.TABLEPICK_PAYMENT_URL;
  if (named !== undefined) return named;
  return urlOfDatabase(reservationUrl, `${databaseOf(reservationUrl)}_payment`);
}

function withAdvice(error: unknown, { url }: ConnectOptions): unknown {
  if (!isTablepickError(error, 'UNKNOWN_DATABASE')) return error;
  const name = databaseOf(url);
  return new TablepickError(error.code, `the payment service has no database: ${error.message}`, {
    hint: `CREATE DATABASE \`${name}\`, then tablepick init --payment; or name another one in --payment-url`,
    cause: error,
  });
}

/** Both services' databases, for commands of an operator. */
export interface BothDatabases extends OpenDatabase {
  payments: Database;
}

/** Opens both databases, or those of the sandbox when none is named, runs `work` and closes them again. */
export async function withBothDatabases<T>(
  context: CommandContext,
  options: WantedConnection & PaymentDatabaseOptions & { poolSize?: number; paymentPoolSize?: number },
  work: (both: BothDatabases) => Promise<T>,
): Promise<T> {
  return withConnection(context, options, async (found) => {
    const { connection, isSandbox } = found;
    const database = await connect({ ...connection, poolSize: options.poolSize });
    return closeAfter(
      () => database.close(),
      () =>
        withPaymentDatabase({ found, options, poolSize: options.paymentPoolSize }, (payments) =>
          work({ database, payments, isSandbox }),
        ),
    );
  });
}
