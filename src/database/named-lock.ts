import { TablepickError } from '../errors.js';
import type { Session } from './database.js';
import { mysqlErrno } from './mysql-errors.js';

const GET_LOCK = 'SELECT GET_LOCK(?, ?) AS taken';

/**
 * The answer of Percona XtraDB Cluster in strict mode. The number alone has no meaning, so it counts as a refusal of
 * the lock only here.
 */
const ER_UNKNOWN_ERROR = 1105;

/** The hint when a server refuses named locks. */
export const NAMED_LOCKS_HINT =
  'on Percona XtraDB Cluster send all writes to one node and SET GLOBAL pxc_strict_mode = MASTER there, which allows GET_LOCK';

/**
 * Takes a named lock of the server for this session, within `waitSeconds`. Returns false when another session holds it
 * for longer.
 *
 * @throws `NAMED_LOCKS_OFF`, not retriable, when the server forbids GET_LOCK.
 * @source Percona XtraDB Cluster documentation, "Strict mode", explicit table locking
 */
export async function takeNamedLock(
  session: Pick<Session, 'query'>,
  name: string,
  waitSeconds: number,
): Promise<boolean> {
  try {
    const [row] = await session.query<{ taken: number | null }>(GET_LOCK, [name, waitSeconds]);
    return row?.taken === 1;
  } catch (error) {
    if (mysqlErrno(error) !== ER_UNKNOWN_ERROR) throw error;
    throw new TablepickError('NAMED_LOCKS_OFF', `the server forbids the lock ${name}: ${String(error)}`, {
      hint: NAMED_LOCKS_HINT,
      cause: error,
    });
  }
}
