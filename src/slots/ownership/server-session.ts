import type { Database, Session } from '../../database/database.js';
import { isTablepickError } from '../../errors.js';
import { type Flavour, selectOwnSession } from '../../database/dialect.js';

/**
 * A connection as its server counts it: an id means nothing on another server, nor on the same one once it was started
 * again.
 */
export interface ServerSession {
  /** Which server, beyond its address. */
  server: string;
  /** When it was started, seconds since 1970 by its own clock. */
  startedAt: number;
  /** What `CONNECTION_ID()` says there; a proxy may tell the client another one. */
  id: number;
}

/** The start is reckoned from whole seconds of uptime, so two readings differ. */
const START_WITHIN_SECONDS = 5;

const KILL = `KILL CONNECTION ?`;

/** How the server knows this connection. */
export async function readOwnSession(session: Pick<Session, 'query'>, flavour: Flavour): Promise<ServerSession> {
  const [row] = await session.query<ServerSession>(selectOwnSession(flavour));
  return { server: row!.server, startedAt: Number(row!.startedAt), id: Number(row!.id) };
}

/** Reads what was stored as JSON; what an earlier version stored, bare ids, names no server and is left out. */
export function parseSessions(stored: string | null): ServerSession[] {
  const entries = stored === null ? [] : (JSON.parse(stored) as (ServerSession | number)[]);
  return entries.filter((entry) => typeof entry === 'object');
}

/** Those of `sessions` that are, or were, connections to the server of `own` since its last start. */
export function onServerOf(own: ServerSession, sessions: readonly ServerSession[]): ServerSession[] {
  return sessions.filter(
    ({ server, startedAt }) => server === own.server && Math.abs(startedAt - own.startedAt) <= START_WITHIN_SECONDS,
  );
}

/**
 * Ends those of `sessions` that are connections of this schema to the server that `session` is on, and no others;
 * whatever they had not committed is rolled back. Those on another server end there, or are fenced off by the run's
 * epoch.
 */
export async function endSessions(
  session: Session,
  sessions: readonly ServerSession[],
  { server: { flavour, database } }: Pick<Database, 'server'>,
): Promise<void> {
  const here = onServerOf(await readOwnSession(session, flavour), sessions).map(({ id }) => id);
  if (here.length === 0) return;
  const open = await session.query<{ Id: number; db: string | null }>('SHOW PROCESSLIST');
  for (const { Id, db } of open) if (here.includes(Id) && db === database) await killConnection(session, Id);
}

async function killConnection(session: Session, id: number): Promise<void> {
  try {
    await session.execute(KILL, [id]);
  } catch (error) {
    // Already gone, or not ours to end: whether the lock comes free decides.
    if (!isTablepickError(error, 'QUERY_FAILED', 'ACCESS_DENIED')) throw error;
  }
}
