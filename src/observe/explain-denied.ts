import type { Database } from '../database/index.js';
import { lockWatchGrants } from '../database/dialect.js';
import { quoteIdentifier } from '../database/names.js';
import { TablepickError, isTablepickError } from '../errors.js';

/**
 * Runs `read`, and says which grants are needed when the user lacks one.
 *
 * @throws `ACCESS_DENIED` with the GRANT statements as hint; else what `read` throws.
 */
export async function explainDenied<T>(database: Database, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isTablepickError(error, 'ACCESS_DENIED')) throw error;
    const { flavour, database: schema } = database.server;
    const grants = [...lockWatchGrants(flavour), `GRANT SELECT ON ${quoteIdentifier(schema)}.*`];
    throw new TablepickError('ACCESS_DENIED', `this user may not see who waits for locks: ${error.message}`, {
      hint: `have an administrator run ${grants.map((grant) => `${grant} TO this user`).join('; ')}`,
      cause: error,
    });
  }
}
