import type { Database } from '../../database/database.js';
import { TablepickError } from '../../errors.js';
import { endSessions, onServerOf, parseSessions, readOwnSession } from './server-session.js';
import { findLockHolder, takeSessionLock } from './session-lock.js';
import type { SessionLock } from './session-lock.js';

/** The owner of a run, as stored in the run's row. */
export interface RunOwner {
  runId: number;
  /** `host:pid` */
  owner: string | null;
  /** JSON of `ServerSession[]`. */
  ownerSessions: string | null;
  /** 1 when the lease has passed by the database's clock, or when there is no lease. */
  leaseExpired: number;
}

const secondsForKilledSessions = 10;

/** The lock name of a run identity. GET_LOCK accepts at most 64 characters. */
export function runLockName(identity: string): string {
  return `tablepick:run:${identity.slice(0, 40)}`;
}

/**
 * Takes the run's session lock. When the owner is dead, the lock is free at once, because the lock ends with the
 * connection. When the owner is connected but its lease has passed, its connections are ended and the lock is taken
 * over. There is no retry here: when the server is lost, the lock is lost too, so the caller must repeat all its work.
 *
 * @param current Reads the run. Called only when another session holds the lock.
 * @throws `RUN_ACTIVE` when the owner is alive, or cannot be ended.
 */
export async function lockRun(
  database: Database,
  identity: string,
  current: () => Promise<RunOwner | undefined>,
): Promise<SessionLock> {
  const name = runLockName(identity);
  const lock = await takeSessionLock(database, name, 0);
  if (lock) return lock;
  const run = await current();
  if (run && run.leaseExpired === 1 && (await endOwner(database, name, run))) {
    const taken = await takeSessionLock(database, name, secondsForKilledSessions);
    if (taken) return taken;
  }
  throw activeElsewhere(run);
}

/** Ends the sessions of an owner after its lease has passed. Returns false when none of them holds the lock. */
async function endOwner(database: Database, lockName: string, run: RunOwner): Promise<boolean> {
  const sessions = parseSessions(run.ownerSessions);
  return database.session(async (session) => {
    const holder = await findLockHolder(session, lockName);
    if (holder === null) return true;
    const own = await readOwnSession(session, database.server.flavour);
    if (!onServerOf(own, sessions).some(({ id }) => id === holder)) return false;
    await endSessions(session, sessions, database);
    return true;
  });
}

function activeElsewhere(run: RunOwner | undefined): TablepickError {
  const who = run?.owner ? ` by ${run.owner}` : '';
  const which = run ? `run ${run.runId}` : 'this generation';
  return new TablepickError('RUN_ACTIVE', `${which} is being worked on${who}`, {
    hint: run ? `tablepick runs show ${run.runId}` : 'tablepick runs list',
  });
}
