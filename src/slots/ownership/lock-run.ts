import type { Database } from '../../database/database.js';
import { TablepickError } from '../../errors.js';
import { endSessions, onServerOf, parseSessions, readOwnSession } from './server-session.js';
import { findLockHolder, takeSessionLock } from './session-lock.js';
import type { SessionLock } from './session-lock.js';

/** Who owns a run, as its row tells. */
export interface RunOwner {
  runId: number;
  /** `host:pid` */
  owner: string | null;
  /** JSON of `ServerSession[]`. */
  ownerSessions: string | null;
  /** 1 when it has not renewed its lease in time, by the database's clock. */
  leaseExpired: number;
}

const secondsForKilledSessions = 10;

/** The name of the lock that belongs to a run identity (GET_LOCK takes at most 64 characters). */
export function runLockName(identity: string): string {
  return `tablepick:run:${identity.slice(0, 40)}`;
}

/**
 * The run's session lock. Free at once when its owner is dead (the lock died with the connection); when the owner is
 * connected but has let its lease pass, its connections are ended and the lock is taken over. Not retried here: the
 * lock's session is lost with its server, so whoever works under the lock begins again as a whole.
 *
 * @param current Reads the run whose owner is in question; called only when the lock is held.
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

/** Ends the sessions of an owner whose lease has passed; false when the lock is not one of theirs. */
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
