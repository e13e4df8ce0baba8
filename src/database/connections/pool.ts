import { onAbort } from '../../abort/on-abort.js';
import { TablepickError } from '../../errors.js';
import type { Connection } from './connection.js';
import { isReadOnlyServer } from '../mysql-errors.js';
import { NotTheWriter, type ServerRole } from './server-role.js';

/** The use of a borrowed connection. {@link Pool} names it in its error. */
export type Purpose = 'transaction' | 'session' | 'query';

/** A new connection, and the role of its server. */
export interface Opened {
  connection: Connection;
  role: ServerRole;
}

/** Settings of a {@link Pool}. */
export interface PoolOptions {
  /** Opens one initialized connection. */
  open: () => Promise<Opened>;
  /** The server's address, for messages. */
  address: string;
  /** Maximum number of open connections, 1 or more. */
  size: number;
  /** Longest wait for a free connection. */
  acquireTimeoutMs: number;
}

interface Waiter {
  purpose: Purpose;
  resolve: (connection: Connection) => void;
  reject: (error: Error) => void;
}

/** After this time a connection is not used again, because firewalls and `wait_timeout` cut silent connections. */
const MAX_IDLE_MS = 60_000;

/** After the server refused a connection, none is asked for in this time. */
const PAUSE_AFTER_REFUSAL_MS = 100;

/**
 * Gives connections to callers in the order of their requests. It opens them when needed and drops broken ones. After a
 * refusal it tries one connection at a time, so a crowd of callers does not become a crowd of logins.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #idle: { connection: Connection; since: number }[] = [];
  readonly #held = new Map<Connection, { purpose: Purpose; since: number }>();
  readonly #waiting: Waiter[] = [];
  /** Connections that were in use when their server was no longer the writer. */
  readonly #distrusted = new WeakSet<Connection>();
  #needsWriter = false;
  #opening = 0;
  /** Why the last connection was not opened. Undefined when it was. */
  #refusal: Error | undefined;
  /** Runs during the pause after a refusal. */
  #pause: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /**
   * True when the pool gives out connections to a writer only. That begins with the first connection to a writer, or
   * when a server refuses a write as read-only. Before that, the handle may be for reads on a replica.
   */
  get needsWriter(): boolean {
    return this.#needsWriter;
  }

  /** Adds a connection that was opened elsewhere. */
  adopt({ connection, role }: Opened): void {
    if (role === 'writer') this.#needsWriter = true;
    this.#idle.push({ connection, since: Date.now() });
  }

  /**
   * Borrows a connection until {@link Pool.release}.
   *
   * @throws `POOL_TIMEOUT` that names the users of the connections, `ABORTED` when `signal` fires first, or the error
   * of opening.
   */
  acquire(purpose: Purpose, signal?: AbortSignal): Promise<Connection> {
    if (this.#closed) return Promise.reject(closedError());
    if (signal?.aborted) return Promise.reject(abortedError(signal));
    return new Promise<Connection>((resolve, reject) => {
      const settled = () => {
        clearTimeout(timer);
        forget();
      };
      const waiter: Waiter = {
        purpose,
        resolve: (connection) => (settled(), resolve(connection)),
        reject: (error) => (settled(), reject(error)),
      };
      const forget = onAbort(signal, () => this.#giveUp(waiter, abortedError(signal)));
      const timer = setTimeout(() => this.#giveUp(waiter, this.#timeoutError()), this.#options.acquireTimeoutMs);
      this.#waiting.push(waiter);
      this.#serve();
    });
  }

  /**
   * Takes a borrowed connection back. A broken connection is dropped. When its server has turned read-only, all others
   * are dropped too.
   */
  release(connection: Connection): void {
    this.#held.delete(connection);
    const { broken } = connection;
    if (broken !== undefined && isReadOnlyServer(broken)) this.#distrustAll();
    if (broken !== undefined || this.#closed || this.#distrusted.has(connection))
      connection.destroy('it was given back broken');
    else this.#idle.push({ connection, since: Date.now() });
    this.#serve();
  }

  /** Closes all connections, borrowed ones at once. Waiting callers get an error. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#endPause();
    this.#rejectWaiting(closedError());
    for (const connection of this.#held.keys()) connection.destroy('the database handle was closed');
    await Promise.all(this.#idle.splice(0).map(({ connection }) => connection.close()));
  }

  /** All connections lead to the old writer. Borrowed connections are dropped when they are released. */
  #distrustAll(): void {
    this.#needsWriter = true;
    for (const { connection } of this.#idle.splice(0)) connection.destroy('its server may be the writer no longer');
    for (const connection of this.#held.keys()) this.#distrusted.add(connection);
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const idle = this.#takeIdle();
      if (idle === undefined) break;
      const waiter = this.#waiting.shift()!;
      this.#held.set(idle, { purpose: waiter.purpose, since: Date.now() });
      waiter.resolve(idle);
    }
    while (this.#opening < this.#waiting.length && this.#mayOpen()) void this.#open();
  }

  #mayOpen(): boolean {
    if (this.#held.size + this.#opening >= this.#options.size) return false;
    return this.#refusal === undefined || (this.#opening === 0 && this.#pause === undefined);
  }

  #takeIdle(): Connection | undefined {
    for (let entry = this.#idle.pop(); entry !== undefined; entry = this.#idle.pop()) {
      const { connection, since } = entry;
      if (connection.broken === undefined && Date.now() - since < MAX_IDLE_MS) return connection;
      connection.destroy('it was idle for too long');
    }
    return undefined;
  }

  /** Opens a connection for whoever is first when it is there. */
  async #open(): Promise<void> {
    this.#opening += 1;
    try {
      const connection = await this.#openFit().finally(() => (this.#opening -= 1));
      this.#refusal = undefined;
      this.#idle.push({ connection, since: Date.now() });
    } catch (thrown) {
      const error = thrown as Error;
      this.#refusal = error;
      this.#pauseOpening();
      if (error instanceof NotTheWriter || !this.#hasUsable()) this.#rejectWaiting(error);
    }
    this.#serve();
  }

  async #openFit(): Promise<Connection> {
    const { connection, role } = await this.#options.open();
    const refusal = this.#refusalOf(role);
    if (refusal === undefined) return connection;
    connection.destroy(refusal.message);
    throw refusal;
  }

  #refusalOf(role: ServerRole): TablepickError | undefined {
    if (this.#closed) return closedError();
    if (role === 'writer') this.#needsWriter = true;
    else if (this.#needsWriter) return new NotTheWriter(`connecting to ${this.#options.address}`);
    return undefined;
  }

  #pauseOpening(): void {
    this.#endPause();
    if (this.#closed) return;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#serve();
    }, PAUSE_AFTER_REFUSAL_MS).unref();
  }

  #endPause(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }

  /** True when a connection will be there for those who wait. */
  #hasUsable(): boolean {
    return this.#opening > 0 || [...this.#held.keys()].some(({ broken }) => broken === undefined);
  }

  #rejectWaiting(error: Error): void {
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
  }

  #giveUp(waiter: Waiter, error: TablepickError): void {
    const place = this.#waiting.indexOf(waiter);
    if (place === -1) return;
    this.#waiting.splice(place, 1);
    waiter.reject(error);
  }

  #timeoutError(): TablepickError {
    const { size, acquireTimeoutMs } = this.#options;
    const holders = [...this.#held].map(([connection, { purpose, since }]) => {
      return `${purpose} for ${Math.round((Date.now() - since) / 1000)} s at ${connection.lastStatement}`;
    });
    const opening = this.#opening > 0 ? `, ${this.#opening} being opened` : '';
    const refused = this.#refusal === undefined ? '' : ', and the server refuses further ones';
    const held = `${this.#held.size} of ${size} are held${opening}${refused}: ${holders.join('; ')}`;
    return new TablepickError('POOL_TIMEOUT', `waited ${acquireTimeoutMs} ms for a connection; ${held}`, {
      hint: 'never ask for a second connection inside a transaction; otherwise raise poolSize or shorten the transactions',
      cause: this.#refusal,
    });
  }
}

function abortedError(signal: AbortSignal | undefined): TablepickError {
  return new TablepickError('ABORTED', 'stopped while waiting for a connection', { cause: signal?.reason });
}

function closedError(): TablepickError {
  return new TablepickError('QUERY_FAILED', 'the database handle was closed; nothing can be asked of it any more');
}
