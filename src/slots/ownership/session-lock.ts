import type { Database, Session } from '../../database/database.js';
import { takeNamedLock } from '../../database/named-lock.js';

const LOCK_HOLDER = `SELECT IS_USED_LOCK(?) AS holder`;

/**
 * A named lock that lives exactly as long as its connection: never stale after a crash. It is per server, so it is only
 * the quick guard; the run's epoch is the real one.
 *
 * @source MySQL Reference Manual, "Locking Functions".
 */
export interface SessionLock {
  /** The connection that holds the lock; statements that belong to the lock run here. */
  readonly session: Session;
  /** Gives the lock back by closing its session's loan. */
  release(): Promise<void>;
}

/** Takes the lock within `waitSeconds`, or returns undefined when another session holds it. */
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

/** The id of the connection to the server of `session` that holds the lock, or null. */
export async function findLockHolder(session: Pick<Session, 'query'>, name: string): Promise<number | null> {
  const rows = await session.query<{ holder: number | null }>(LOCK_HOLDER, [name]);
  return rows[0]?.holder ?? null;
}
