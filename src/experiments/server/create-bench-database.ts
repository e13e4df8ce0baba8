import type { ConnectOptions } from '../../database/index.js';
import { createDatabase } from '../../database/create-database.js';

/** The scratch schema when no schema is named. */
const benchSchema = 'tablepick_bench';

/**
 * Creates `schema` (default `tablepick_bench`) on the server of `connection` when it is missing. Returns the options to
 * connect to it.
 */
export function createBenchDatabase(connection: ConnectOptions, schema = benchSchema): Promise<ConnectOptions> {
  return createDatabase(connection, schema);
}
