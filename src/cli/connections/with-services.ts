import { closeAfter } from '../../closing.js';
import { type Database, connect } from '../../database/index.js';
import { isTablepickError } from '../../errors.js';
import type { CommandContext } from '../command.js';
import type { PaymentDatabaseOptions } from '../options/service-options.js';
import { type Connection, type WantedConnection, withConnection } from './with-connection.js';
import { withPaymentDatabase } from './with-payment-database.js';

/** The services that have tables of messages, each in its own database. */
export type ServiceName = 'reservation' | 'payment';

/** A service and its database. */
export interface Service {
  service: ServiceName;
  database: Database;
}

/** The services that a command is about. Without `service`: those that have a database. */
export interface ServiceOptions extends WantedConnection, PaymentDatabaseOptions {
  service?: ServiceName | 'all';
}

/**
 * Opens the databases of the named services and runs `work` on them. When none is named, a payment service without a
 * database is left out, and this is printed.
 *
 * @throws What connecting or `work` throws.
 */
export async function withServices<T>(
  context: CommandContext,
  options: ServiceOptions & { poolSize?: number },
  work: (services: Service[]) => Promise<T>,
): Promise<T> {
  return withConnection(context, options, async (found) => {
    if (options.service === 'payment') return withPayment(found, options, (payment) => work([payment]));
    return withReservation(found, options, async (reservation) => {
      if (options.service === 'reservation') return work([reservation]);
      return withBoth({ context, found, options }, (payment) => work([reservation, ...payment]));
    });
  });
}

type Settings = ServiceOptions & { poolSize?: number };

async function withReservation<T>(
  { connection }: Connection,
  { poolSize }: Settings,
  work: (service: Service) => Promise<T>,
): Promise<T> {
  const database = await connect({ ...connection, poolSize });
  return closeAfter(
    () => database.close(),
    () => work({ service: 'reservation', database }),
  );
}

function withPayment<T>(found: Connection, options: Settings, work: (service: Service) => Promise<T>): Promise<T> {
  const { poolSize } = options;
  return withPaymentDatabase({ found, options, poolSize }, (database) => work({ service: 'payment', database }));
}

interface Both {
  context: CommandContext;
  found: Connection;
  options: Settings;
}

async function withBoth<T>({ context, found, options }: Both, work: (payment: Service[]) => Promise<T>): Promise<T> {
  let isOpen = false;
  try {
    return await withPayment(found, options, (payment) => {
      isOpen = true;
      return work([payment]);
    });
  } catch (error) {
    const isAway = !isOpen && isTablepickError(error, 'UNKNOWN_DATABASE', 'ACCESS_DENIED');
    if (!isAway || options.service === 'all') throw error;
    context.output.note(`without the payment service, which has no database here: ${error.message}`);
    return work([]);
  }
}
