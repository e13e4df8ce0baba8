/** One word of a command. A number is sent as its decimal text. */
export type RedisArgument = string | number | Buffer;

/** A handle to one Redis server. It has one connection and reopens it in the background, until {@link Redis.close}. */
export interface Redis extends AsyncDisposable {
  /** The address without user and password: `redis://127.0.0.1:6379`. */
  readonly address: string;
  /**
   * Sends one command at once. While there is no connection or the server is silent, it fails at once: nothing is
   * queued, and nothing is sent again. Do not send a command that waits on the server (BLPOP), because the server would
   * seem silent.
   *
   * @returns Texts as strings, integers as numbers, lists as arrays, nothing as null.
   * @throws `REDIS_UNAVAILABLE`, retriable, without a connection, without an answer before the deadline, and when the
   * server reports that it cannot serve now; when it is a replica, the connection is opened again too. When a command
   * gets no answer, it may have been carried out or not. `ACCESS_DENIED` when the user may not; `REDIS_FAILED` when the
   * server refuses the command as such; `BAD_OPTION` for no command.
   */
  command(args: readonly RedisArgument[]): Promise<unknown>;
  /** Prepares a Lua script. Nothing is sent yet. */
  script(lua: string): RedisScript;
  /**
   * Waits for the open answers, at most until their deadlines, and closes the connection. Calling it again does
   * nothing.
   */
  close(): Promise<void>;
}

/**
 * A Lua script. It is sent once, and afterwards called by its digest. When the server has lost it, it is sent again.
 */
export interface RedisScript {
  /**
   * Runs the script atomically with `KEYS` and `ARGV`.
   *
   * @throws As {@link Redis.command}.
   */
  run(keys: readonly RedisArgument[], args: readonly RedisArgument[]): Promise<unknown>;
}
