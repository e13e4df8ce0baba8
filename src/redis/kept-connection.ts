import { setTimeout as sleep } from 'node:timers/promises';

import { sleepUnlessAborted } from '../abort/sleep-unless-aborted.js';
import { TablepickError } from '../errors.js';
import { backoffMs } from '../retry.js';
import type { RedisConnection } from './redis-connection.js';
import { isReplica, unavailable } from './redis-errors.js';
import type { RedisWord } from './redis-words.js';

/** Settings of a {@link KeptConnection}. */
export interface KeptConnectionOptions {
  /** Opens one connection. When `signal` fires, it gives up. */
  open: (signal: AbortSignal) => Promise<RedisConnection>;
  /** Longest wait for an answer. */
  commandTimeoutMs: number;
  /** The server's name in messages. */
  name: string;
}

/** A restarted server is found again within a second. A missing server is tried about twice a second. */
const RECONNECT = { retries: Infinity, baseMs: 50, capMs: 1000 };

/** When no answer comes for this time after a missed deadline, the connection counts as dead. */
const SILENCE_MS = 2000;

/**
 * One connection. When it breaks, it is opened again, until the handle is closed.
 *
 * After a missed deadline, nothing is sent until the server answers. So callers fail at once and do not wait one by
 * one, and nothing is queued. When the server stays silent, the connection is replaced.
 */
export class KeptConnection {
  readonly #options: KeptConnectionOptions;
  readonly #stop = new AbortController();
  readonly #due = new Set<Promise<unknown>>();
  #connection: RedisConnection | undefined;
  /** The reason why there is no connection. */
  #downBy: Error | undefined;
  /**
   * The wait of the first commands. It ends with the first attempt to open a connection, or after the command timeout.
   */
  #firstWait: Promise<void> | undefined;
  /** Runs after a missed deadline, until the server answers. */
  #silence: NodeJS.Timeout | undefined;

  constructor(options: KeptConnectionOptions) {
    this.#options = options;
  }

  /**
   * Opens the first connection.
   *
   * @throws The error of opening. It is not tried again.
   */
  async open(): Promise<void> {
    this.#adopt(await this.#options.open(this.#stop.signal));
  }

  /**
   * Sends one command and waits for its answer, never past the deadline. When there was no connection yet, the first
   * command opens it.
   *
   * @throws `REDIS_UNAVAILABLE`, `ACCESS_DENIED` or `REDIS_FAILED`.
   */
  async send(words: readonly RedisWord[]): Promise<unknown> {
    const doing = `${String(words[0])} on ${this.#options.name}`;
    if (this.#connection === undefined) await this.#openedOnce();
    const connection = this.#usable(doing);
    const answer = this.#answerInTime(doing, connection, connection.send(words));
    this.#due.add(answer);
    try {
      return await answer;
    } finally {
      this.#due.delete(answer);
    }
  }

  /** Waits for the open answers, at most until their deadlines, and closes the connection. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#due);
    clearTimeout(this.#silence);
    this.#connection?.destroy();
  }

  /**
   * Begins to open the first connection. Commands at that time wait for it, no longer than for one answer. Later
   * commands do not wait.
   */
  async #openedOnce(): Promise<void> {
    if (this.#downBy === undefined && !this.#stop.signal.aborted) {
      this.#downBy = new Error('it is being opened');
      const opened = this.#tryToOpen().then((isOpen) => void (isOpen || this.#reopen()));
      this.#firstWait = Promise.race([opened, sleep(this.#options.commandTimeoutMs, undefined, { ref: false })]);
    }
    await this.#firstWait;
  }

  #usable(doing: string): RedisConnection {
    if (this.#stop.signal.aborted) throw new TablepickError('REDIS_FAILED', `${doing}: the handle was closed`);
    if (this.#connection === undefined)
      throw unavailable(doing, `no connection: ${this.#downBy?.message}`, this.#downBy);
    if (this.#silence !== undefined) throw unavailable(doing, 'not sent: the server is not answering');
    return this.#connection;
  }

  #answerInTime(doing: string, connection: RedisConnection, answer: Promise<unknown>): Promise<unknown> {
    const { commandTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      let answered = false;
      let timer: NodeJS.Timeout | undefined;
      // The delay of a busy process must not count as the server's delay. So the time begins when the command is
      // written. When the time is up, an unread answer in the socket is still read.
      setImmediate(() => {
        if (!answered) timer = setTimeout(() => setImmediate(miss), commandTimeoutMs);
      });
      const miss = () => {
        if (answered) return;
        this.#noteSilence(connection);
        reject(unavailable(doing, `no answer within ${commandTimeoutMs} ms; whether it was carried out is unknown`));
      };
      const settle = () => {
        answered = true;
        clearTimeout(timer);
        this.#noteAnswer(connection);
      };
      answer.then(
        (reply) => (settle(), resolve(reply)),
        (error: unknown) => (settle(), this.#noteRole(connection, error), reject(error as Error)),
      );
    });
  }

  #noteSilence(connection: RedisConnection): void {
    if (connection !== this.#connection || this.#silence !== undefined) return;
    const giveUp = () => this.#replace(connection, new Error(`the server has not answered for ${SILENCE_MS} ms`));
    this.#silence = setTimeout(giveUp, SILENCE_MS);
  }

  #noteAnswer(connection: RedisConnection): void {
    if (connection !== this.#connection) return;
    clearTimeout(this.#silence);
    this.#silence = undefined;
  }

  /**
   * A primary that became a replica keeps its connections and refuses writes on them for ever. So the connection is
   * replaced.
   */
  #noteRole(connection: RedisConnection, error: unknown): void {
    if (isReplica(error)) this.#replace(connection, error as Error);
  }

  #replace(connection: RedisConnection, why: Error): void {
    if (connection !== this.#connection) return;
    this.#noteAnswer(connection);
    this.#connection = undefined;
    this.#downBy = why;
    connection.destroy();
    void this.#reopen();
  }

  async #reopen(): Promise<void> {
    const { signal } = this.#stop;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      await sleepUnlessAborted(backoffMs(RECONNECT, attempt, Math.random()), signal);
      if (signal.aborted || (await this.#tryToOpen())) return;
    }
  }

  async #tryToOpen(): Promise<boolean> {
    try {
      await this.open();
      return true;
    } catch (error) {
      this.#downBy = error as Error;
      return false;
    }
  }

  #adopt(connection: RedisConnection): void {
    if (this.#stop.signal.aborted) return connection.destroy();
    this.#connection = connection;
    void connection.lost.then((why) => this.#replace(connection, why));
  }
}
