import { setTimeout as sleep } from 'node:timers/promises';

import { sleepUnlessAborted } from '../abort/sleep-unless-aborted.js';
import { TablepickError } from '../errors.js';
import { backoffMs } from '../retry.js';
import type { RedisConnection } from './redis-connection.js';
import { isReplica, unavailable } from './redis-errors.js';
import type { RedisWord } from './redis-words.js';

/** Settings of a {@link KeptConnection}. */
export interface KeptConnectionOptions {
  /** Opens one connection, or gives up when `signal` fires. */
  open: (signal: AbortSignal) => Promise<RedisConnection>;
  /** Longest wait for an answer. */
  commandTimeoutMs: number;
  /** What the server is called in messages. */
  name: string;
}

/** A server that restarts is found again within a second, one that is gone is asked about twice a second at most. */
const RECONNECT = { retries: Infinity, baseMs: 50, capMs: 1000 };

/** From a missed deadline on, without any answer since, until the connection is given up as dead. */
const SILENCE_MS = 2000;

/**
 * One connection that is opened again whenever it breaks, until it is closed.
 *
 * A server that misses a deadline is not sent anything until it answers something, so that callers fail at once instead
 * of waiting one by one, and nothing piles up; when it stays silent, the connection is replaced.
 */
export class KeptConnection {
  readonly #options: KeptConnectionOptions;
  readonly #stop = new AbortController();
  readonly #due = new Set<Promise<unknown>>();
  #connection: RedisConnection | undefined;
  /** Why there is no connection. */
  #downBy: Error | undefined;
  /** Ends with the first try to open one by a command, or with the patience of those who wait for it. */
  #firstWait: Promise<void> | undefined;
  /** Runs while the server owes an answer whose deadline has passed. */
  #silence: NodeJS.Timeout | undefined;

  constructor(options: KeptConnectionOptions) {
    this.#options = options;
  }

  /**
   * Opens the first connection.
   *
   * @throws What opening throws; it is not tried again then.
   */
  async open(): Promise<void> {
    this.#adopt(await this.#options.open(this.#stop.signal));
  }

  /**
   * Sends one command and waits for its answer, never past the deadline; the first one opens the connection when nobody
   * has.
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

  /** Waits for what is due, which the deadlines bound, and hangs up. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#due);
    clearTimeout(this.#silence);
    this.#connection?.destroy();
  }

  /**
   * Begins to open what nobody has opened. Whoever comes then waits for it together, no longer than for one answer;
   * later ones wait for nothing.
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
      // A process that is busy must not take its own delay for the server's: the time begins when the command is
      // written, and when it is up, an answer that lies unread in the socket is still read.
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

  /** Who was demoted keeps its connections and refuses to write on them for ever. */
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
