/** One word of a command; a number is sent as its decimal text. */
export type RedisArgument = string | number | Buffer;

/** A handle to one Redis server: one connection, kept up in the background until {@link Redis.close}. */
export interface Redis {
  /** Where it is, without user and password: `redis://127.0.0.1:6379`. */
  readonly address: string;
  /**
   * Sends one command at once, or fails at once while there is no connection or the server is silent: nothing is
   * queued, and nothing is sent again. A command that waits on the server (BLPOP) makes the server look silent: it does
   * not belong here.
   *
   * @returns Texts as strings, integers as numbers, lists as arrays, nothing as null.
   * @throws `REDIS_UNAVAILABLE`, retriable, without a connection, without an answer before the deadline, and when the
   * server says that it cannot serve now; when it says that it is a replica, the connection is opened again as well.
   * Whether a command that got no answer was carried out is unknown. `ACCESS_DENIED` when the user may not;
   * `REDIS_FAILED` when the server refuses the command as such; `BAD_OPTION` for no command.
   */
  command(args: readonly RedisArgument[]): Promise<unknown>;
  /** Prepares a Lua script; nothing is sent yet. */
  script(lua: string): RedisScript;
  /**
   * Waits for the answers that are still due, at most for their deadlines, and hangs up. Calling it again does nothing.
   */
  close(): Promise<void>;
}

/** A Lua script the server is sent once and knows by its digest from then on; one that forgot it is sent it again. */
export interface RedisScript {
  /**
   * Runs it, all or nothing, with `KEYS` and `ARGV`.
   *
   * @throws As {@link Redis.command}.
   */
  run(keys: readonly RedisArgument[], args: readonly RedisArgument[]): Promise<unknown>;
}
