import { TablepickError, isTablepickError } from '../../errors.js';
import type { Connection } from './connection.js';
import type { Session } from '../database.js';

/** A session that a unit of work borrows. */
export interface Lease {
  session: Session;
  /** Ends the session: every later statement fails, because the connection goes to another user. */
  end(): void;
  /** The error that ended the transaction on the server too early, or undefined. */
  doom(): TablepickError | undefined;
}

/**
 * Makes a lease of `connection`. In a transaction, a conflict or a lost connection dooms the lease, because the server
 * has rolled back the transaction or one statement. Later statements would run outside of the transaction. So each of
 * them fails with the same error, also when `work` caught it.
 */
export function leaseSession(connection: Connection, kind: 'transaction' | 'session'): Lease {
  let ended = false;
  let doomed: TablepickError | undefined;

  async function guard<T>(run: () => Promise<T>): Promise<T> {
    if (ended)
      throw new TablepickError(
        'QUERY_FAILED',
        `a ${kind} was used after it had ended; await every statement inside it`,
      );
    if (doomed !== undefined) throw doomed;
    try {
      return await run();
    } catch (error) {
      if (kind === 'transaction' && isTablepickError(error, 'CONFLICT', 'CONNECTION_LOST')) doomed ??= error;
      throw error;
    }
  }

  const session: Session = {
    connectionId: connection.connectionId,
    query: <Row extends object>(...args: Parameters<Session['query']>) => guard(() => connection.query<Row>(...args)),
    execute: (...args) => guard(() => connection.execute(...args)),
    loadLocal: (...args) => guard(() => connection.loadLocal(...args)),
    prepare: async (sql) => {
      const statement = await guard(() => connection.prepare(sql));
      return { execute: (values) => guard(() => statement.execute(values)), close: () => statement.close() };
    },
  };
  return { session, end: () => void (ended = true), doom: () => doomed };
}
