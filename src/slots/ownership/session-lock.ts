import type { Database, Session } from '../../database/database.js';
import { takeNamedLock } from '../../database/named-lock.js';

const LOCK_HOLDER = `SELECT IS_USED_LOCK(?) AS holder`;

/**
 * A named lock. It ends with its connection, so it is never stale after a crash. It holds on one server only, so it is
 * a quick first guard. The run's epoch is the real guard.
 *
 * @source MySQL Reference Manual, "Locking Functions".
 */
export interface SessionLock {
  /** The connection that holds the lock. Statements that need the lock run here. */
  readonly session: Session;
  /** Releases the lock and returns its connection to the pool. */
  release(): Promise<void>;
}

/** Takes the lock within `waitSeconds`. When another session holds it for longer, returns undefined. */
export async function takeSessionLock(
  database: Database,
  name: string,
  waitSeconds: number,
): Promise<SessionLock | undefined> {
  return new Promise((resolve, reject) => {
    const loan = database.session(async (session) => {
      if (!(await takeNamedLock(session, name, waitSeconds))) return resolve(undefined);
      await new Promise<void>((letGo) => {
        resolve({ session, release: () => releaseLoan(letGo, loan) });
      });
      await session.query('SELECT RELEASE_LOCK(?) AS released', [name]);
    });
    loan.catch(reject);
  });
}

async function releaseLoan(letGo: () => void, loan: Promise<void>): Promise<void> {
  letGo();
  await loan.catch(() => undefined);
}

/** The id of the connection that holds the lock on the server of `session`, or null. */
export async function findLockHolder(session: Pick<Session, 'query'>, name: string): Promise<number | null> {
  const rows = await session.query<{ holder: number | null }>(LOCK_HOLDER, [name]);
  return rows[0]?.holder ?? null;
}
