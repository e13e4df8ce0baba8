/** The servers of a sandbox: two databases, a Redis that loses its data when it ends, and a Kafka of one node. */
export type SandboxEngine = 'mysql' | 'mariadb' | 'redis' | 'kafka';

/** The source of a fetched server in the sandbox's home. */
export type FetchedSource = 'debian-package' | 'maven-artifacts';

/** The source of a sandbox's server. */
export type ServerSource = 'installed' | 'fetched-before' | FetchedSource | 'docker';

/** Selects a private server and its folder. */
export interface SandboxOptions {
  /**
   * Default: a database, namely one that is kept up, else the first installed one, else one fetched before, else
   * `mariadb`.
   */
  engine?: SandboxEngine | undefined;
  /**
   * The only allowed source. A package is Debian's, for Kafka the Maven artefacts. Default: the last source for the
   * data, else installed, a package, Docker, in this order.
   */
  source?: 'installed' | 'package' | 'docker' | undefined;
  /** Folder of servers and data. Default: `TABLEPICK_HOME`, else `tablepick` below `XDG_CACHE_HOME` or `~/.cache`. */
  home?: string | undefined;
  /**
   * One home holds any number of instances. Each has its own data, and all use the same server files. Default
   * `default`.
   */
  instance?: string | undefined;
  /**
   * Further options for the server when this call starts it, e.g. `--max-connections=500`, for Kafka
   * `--override=num.partitions=1`.
   */
  serverOptions?: readonly string[] | undefined;
  /** Stops waiting, fetching and starting. */
  signal?: AbortSignal | undefined;
  onEvent?: ((event: SandboxEvent) => void) | undefined;
}

/** An event while a sandbox is prepared or stopped. */
export type SandboxEvent =
  | { kind: 'waiting'; pid: number }
  | { kind: 'fetching'; engine: SandboxEngine; what: string; from: FetchedSource | 'docker'; path: string }
  | { kind: 'found'; engine: SandboxEngine; version: string; source: ServerSource; path: string }
  | { kind: 'unusable'; engine: SandboxEngine; path: string; message: string }
  | { kind: 'initializing'; engine: SandboxEngine; dataDir: string }
  | { kind: 'started'; engine: SandboxEngine; version: string; url: string; pid: number; seconds: number }
  | { kind: 'adopted'; engine: SandboxEngine; version: string; url: string; pid: number }
  | { kind: 'stopping'; engine: SandboxEngine; pid: number }
  | { kind: 'stopped'; engine: SandboxEngine; pid: number; seconds: number };

/** A private server that this process uses. It runs at least until {@link Sandbox.release}. */
export interface Sandbox extends AsyncDisposable {
  readonly engine: SandboxEngine;
  /** The server's own text: "9.7.0", "10.11.14-MariaDB", "7.0.15", "4.3.0". */
  readonly version: string;
  readonly source: ServerSource;
  /** The server program, or the Docker image. */
  readonly path: string;
  /**
   * `mysql://root:PASSWORD@127.0.0.1:PORT/tablepick` (the database exists), `redis://:PASSWORD@127.0.0.1:PORT`, or
   * `kafka://tablepick:PASSWORD@127.0.0.1:PORT`. For a Kafka client, `parseKafkaUrl` reads it. The URL is a secret,
   * because only the password protects the server from other users of this machine.
   */
  readonly url: string;
  readonly port: number;
  /** Undefined for Kafka and for a server in Docker. */
  readonly socketPath: string | undefined;
  readonly dataDir: string;
  readonly pid: number;
  /**
   * Ends this use. The last user stops the server, unless it is kept up. Calling it again does nothing.
   *
   * @throws `SANDBOX_FAILED`, retriable, when the server has not ended within a minute. It is never killed.
   */
  release(): Promise<void>;
  /**
   * Like {@link Sandbox.release}, for a process that exits: asks the server to end and does not wait. When another
   * process holds the lock for the whole time, the server stays up and the next user stops it.
   */
  releaseNow(): void;
}

/** The state of a sandbox. */
export interface SandboxStatus {
  engine: SandboxEngine;
  /** `empty`: never initialised, or reset. */
  state: 'running' | 'stopped' | 'empty';
  /** Set only while it runs, like `port` and `pid`. */
  url: string | undefined;
  port: number | undefined;
  pid: number | undefined;
  /** The version of the running server or of the last one. */
  version: string | undefined;
  source: ServerSource | undefined;
  path: string | undefined;
  socketPath: string | undefined;
  dataDir: string;
  logPath: string;
  /** True when `sandboxUp` keeps it up. */
  keptUp: boolean;
  /** Processes that use it now. */
  userPids: number[];
}
