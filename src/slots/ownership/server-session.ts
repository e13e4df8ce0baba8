import type { Database, Session } from '../../database/database.js';
import { isTablepickError } from '../../errors.js';
import { type Flavour, selectOwnSession } from '../../database/dialect.js';

/**
 * A connection, as its server numbers it. The id has no meaning on another server, or after a restart of the same
 * server.
 */
export interface ServerSession {
  /** Identifies the server. An address is not enough. */
  server: string;
  /** Start of the server, in seconds since 1970, by its own clock. */
  startedAt: number;
  /** The value of `CONNECTION_ID()` on the server. A proxy may give the client another id. */
  id: number;
}

/** The start is computed from whole seconds of uptime, so two readings may differ. */
const START_WITHIN_SECONDS = 5;

const KILL = `KILL CONNECTION ?`;

/** Reads the server's data about this connection. */
export async function readOwnSession(session: Pick<Session, 'query'>, flavour: Flavour): Promise<ServerSession> {
  const [row] = await session.query<ServerSession>(selectOwnSession(flavour));
  return { server: row!.server, startedAt: Number(row!.startedAt), id: Number(row!.id) };
}

/** Reads the stored JSON. An earlier version stored ids without a server: those are left out. */
export function parseSessions(stored: string | null): ServerSession[] {
  const entries = stored === null ? [] : (JSON.parse(stored) as (ServerSession | number)[]);
  return entries.filter((entry) => typeof entry === 'object');
}

/** The `sessions` on the server of `own`, since its last start. */
export function onServerOf(own: ServerSession, sessions: readonly ServerSession[]): ServerSession[] {
  return sessions.filter(
    ({ server, startedAt }) => server === own.server && Math.abs(startedAt - own.startedAt) <= START_WITHIN_SECONDS,
  );
}

/**
 * Ends the given `sessions` on the server of `session`, when they use this schema. Their uncommitted work is rolled
 * back. Sessions on another server are not ended here: the run's epoch fences them off.
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
    // The connection is gone already, or this user may not end it. The next attempt to take the lock decides.
    if (!isTablepickError(error, 'QUERY_FAILED', 'ACCESS_DENIED')) throw error;
  }
}
