import type { Database } from '../database/index.js';
import { requireFit } from '../database/fit/require-fit.js';
import { TablepickError, isTablepickError } from '../errors.js';
import { CONSUMER_TABLES, RELAY_TABLES } from '../messaging/messaging-tables.js';
import { PAYMENT_TABLES } from '../payments/payment-tables.js';
import { SAGA_TABLES } from '../saga/saga-tables.js';
import type { ServiceName } from './service-event.js';

/** The tables of each service in its database. */
export const SERVICE_TABLES: Readonly<Record<ServiceName, readonly string[]>> = {
  reservation: [...new Set([...SAGA_TABLES, ...CONSUMER_TABLES, ...RELAY_TABLES])],
  payment: [...new Set([...PAYMENT_TABLES, ...CONSUMER_TABLES, ...RELAY_TABLES])],
  notifications: CONSUMER_TABLES,
};

const CREATE_TABLES: Readonly<Record<ServiceName, string>> = {
  reservation: 'run `tablepick init`',
  payment: 'run `tablepick init --payment`',
  notifications: 'run `tablepick init`',
};

/** A service and its database. */
export interface ServicePlace {
  service: ServiceName;
  database: Database;
}

/**
 * Refuses services whose tables are missing or do not fit. The error names what is missing in all of them.
 *
 * @throws `MISSING_TABLE` with the commands that create the tables; `TABLE_UNFIT`; any error of a database.
 */
export async function requireServiceTables(places: readonly ServicePlace[]): Promise<void> {
  const refusals: TablepickError[] = [];
  for (const place of places) {
    const refusal = await refusalOf(place);
    if (refusal !== undefined) refusals.push(refusal);
  }
  if (refusals.length > 0) throw joinRefusals(refusals);
}

async function refusalOf({ service, database }: ServicePlace): Promise<TablepickError | undefined> {
  try {
    await requireFit(database, { tables: SERVICE_TABLES[service] });
    return undefined;
  } catch (error) {
    if (!isTablepickError(error, 'MISSING_TABLE', 'TABLE_UNFIT')) throw error;
    // The messages' tables are created by either command, depending on whose database it is.
    const hint = error.code === 'MISSING_TABLE' ? CREATE_TABLES[service] : (error.hint ?? '');
    return new TablepickError(error.code, `the ${service} service cannot start: ${error.message}`, {
      hint,
      cause: error,
    });
  }
}

function joinRefusals(refusals: readonly TablepickError[]): TablepickError {
  const code = refusals.some((refusal) => refusal.code === 'MISSING_TABLE') ? 'MISSING_TABLE' : 'TABLE_UNFIT';
  const message = refusals.map((refusal) => refusal.message).join('; ');
  const hint = [...new Set(refusals.map((refusal) => refusal.hint))].join('; ');
  return new TablepickError(code, message, { hint, cause: refusals[0] });
}
