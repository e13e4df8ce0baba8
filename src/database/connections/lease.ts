import { TablepickError, isTablepickError } from '../../errors.js';
import type { Connection } from './connection.js';
import type { Session } from '../database.js';

/** A session borrowed by a unit of work and taken back from it. */
export interface Lease {
  session: Session;
  /** Makes the session refuse everything: its connection belongs to somebody else from now on. */
  end(): void;
  /** What ended the transaction on the server before its time, if anything did. */
  doom(): TablepickError | undefined;
}

/**
 * Gives `connection` out. In a transaction, a conflict or a lost connection dooms the lease: the server has rolled
 * back, all of it or a statement, and what followed would run half or outside of any transaction; so every later
 * statement fails with the same error, also when `work` swallowed it.
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
