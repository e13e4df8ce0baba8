import type { Transaction } from '../database/index.js';
import { requireFit } from '../database/fit/require-fit.js';
import { isReadOnlyServer } from '../database/mysql-errors.js';
import { isTablepickError } from '../errors.js';
import type { MissingPart, Readiness } from '../observe/readiness.js';
import { boundedQuestion } from './bounded-question.js';
import { SERVICE_TABLES } from './service-tables.js';
import type { Participant, Starting } from './starting.js';

/** For how long tables that fit are not looked at again. */
const TABLES_FRESH_MS = 5000;

/** For how long a transport that answered is not asked again. */
const TRANSPORT_FRESH_MS = 5000;

interface Found {
  part: MissingPart;
  error: unknown;
}

/**
 * Creates the function that finds out whether a service can do its work now. It never rejects. What has changed since
 * it was called last is reported.
 */
export function createReadinessCheck(
  participant: Participant,
  { transport, readyWithinMs, tell }: Starting,
): () => Promise<Readiness> {
  const { service, group, topics } = participant;
  const askDatabase = boundedQuestion(databaseQuestion(participant, readyWithinMs), readyWithinMs);
  const askTransport = boundedQuestion(
    unlessFresh(TRANSPORT_FRESH_MS, () => transport.lag(group, topics)),
    readyWithinMs,
  );
  let before: readonly Found[] = [];
  return async () => {
    const found = await lookAtAll({
      lookAtDatabase: () => look(askDatabase, judgeDatabase),
      lookAtTransport: () => look(askTransport, judgeTransport),
      isSameServer: transport.name === 'database',
    });
    for (const { part, error } of notIn(before, found)) tell({ service, kind: 'not-ready', what: part.what, error });
    for (const { part } of notIn(found, before)) tell({ service, kind: 'ready-again', what: part.what });
    before = found;
    return { ready: found.length === 0, missing: found.map(({ part }) => part) };
  };
}

/** The parts of `found` that are not among `others`. */
function notIn(others: readonly Found[], found: readonly Found[]): readonly Found[] {
  return found.filter(({ part }) => !others.some((other) => other.part.what === part.what));
}

/** One transaction asks whether the server answers, takes writes and has the tables. A silent connection is dropped. */
function databaseQuestion({ service, database }: Participant, statementTimeoutMs: number): () => Promise<void> {
  const tables = SERVICE_TABLES[service];
  const lookAtTables = unlessFresh(TABLES_FRESH_MS, (tx: Transaction) =>
    requireFit({ names: database.names, query: (sql, values) => tx.query(sql, values) }, { tables }),
  );
  const once = { retry: false, statementTimeoutMs } as const;
  return () => database.transaction((tx) => lookAtTables(tx), once);
}

interface Looks {
  lookAtDatabase: () => Promise<Found | undefined>;
  lookAtTransport: () => Promise<Found | undefined>;
  /** The database carries the messages, so it is not asked for them when it does not answer. */
  isSameServer: boolean;
}

async function lookAtAll({ lookAtDatabase, lookAtTransport, isSameServer }: Looks): Promise<Found[]> {
  const database = lookAtDatabase();
  const skipsTransport = isSameServer && (await database) !== undefined;
  const found = await Promise.all([database, skipsTransport ? undefined : lookAtTransport()]);
  return found.filter((each) => each !== undefined);
}

async function look(ask: () => Promise<void>, judge: (error: unknown) => MissingPart): Promise<Found | undefined> {
  try {
    await ask();
    return undefined;
  } catch (error) {
    return { part: judge(error), error };
  }
}

function judgeDatabase(error: unknown): MissingPart {
  if (isTablepickError(error, 'MISSING_TABLE')) return { what: 'tables', why: 'a table is missing' };
  if (isTablepickError(error, 'TABLE_UNFIT')) return { what: 'tables', why: 'a table does not fit' };
  if (isReadOnlyServer(error)) return { what: 'writer', why: 'the database takes no writes' };
  return { what: 'database', why: 'the database does not answer' };
}

function judgeTransport(): MissingPart {
  return { what: 'transport', why: 'the transport does not answer' };
}

/** Does `work`, unless it has succeeded within the last `freshMs`. */
function unlessFresh<Args extends unknown[]>(
  freshMs: number,
  work: (...args: Args) => Promise<unknown>,
): (...args: Args) => Promise<void> {
  let goodUntilMs = -Infinity;
  return async (...args) => {
    if (performance.now() < goodUntilMs) return;
    await work(...args);
    goodUntilMs = performance.now() + freshMs;
  };
}
