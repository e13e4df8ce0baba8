/** The servers a sandbox can run: two databases, a Redis that keeps nothing when it ends, and a Kafka of one node. */
export type SandboxEngine = 'mysql' | 'mariadb' | 'redis' | 'kafka';

/** How a server that is not installed gets into the sandbox's home. */
export type FetchedSource = 'debian-package' | 'maven-artifacts';

/** Where a sandbox's server came from. */
export type ServerSource = 'installed' | 'fetched-before' | FetchedSource | 'docker';

/** Which private server is meant and where it lives. */
export interface SandboxOptions {
  /**
   * Default: a database, the one that was left up, else the first installed, else one fetched before, else `mariadb`.
   */
  engine?: SandboxEngine | undefined;
  /**
   * Take the server from here only; a package is Debian's, of Kafka the Maven artefacts.
   * Default: what ran on the data last, else installed, a package, Docker, in this order.
   */
  source?: 'installed' | 'package' | 'docker' | undefined;
  /** Folder of servers and data. Default: `TABLEPICK_HOME`, else `tablepick` below `XDG_CACHE_HOME` or `~/.cache`. */
  home?: string | undefined;
  /**
   * One home holds any number of instances with data of their own, all run from the same server files. Default
   * `default`.
   */
  instance?: string | undefined;
  /**
   * More options for the server when this call has to start it, e.g. `--max-connections=500`, of Kafka
   * `--override=num.partitions=1`.
   */
  serverOptions?: readonly string[] | undefined;
  /** Stops waiting, fetching and starting. */
  signal?: AbortSignal | undefined;
  onEvent?: ((event: SandboxEvent) => void) | undefined;
}

/** What a sandbox tells while it is being prepared or stopped. */
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

/** A private server in use by this process; it runs at least until {@link Sandbox.release}. */
export interface Sandbox {
  readonly engine: SandboxEngine;
  /** As the server says it: "9.7.0", "10.11.14-MariaDB", "7.0.15", "4.3.0". */
  readonly version: string;
  readonly source: ServerSource;
  /** The server program, or the Docker image. */
  readonly path: string;
  /**
   * `mysql://root:PASSWORD@127.0.0.1:PORT/tablepick`, the database exists; `redis://:PASSWORD@127.0.0.1:PORT`: secrets,
   * because the password is what keeps other users of this machine out. So is
   * `kafka://tablepick:PASSWORD@127.0.0.1:PORT`, which `parseKafkaUrl` makes the access of a client.
   */
  readonly url: string;
  readonly port: number;
  /** Undefined for Kafka, which has none, and for a server in Docker. */
  readonly socketPath: string | undefined;
  readonly dataDir: string;
  readonly pid: number;
  /**
   * Ends this use; the last user stops the server unless it was left up. Calling it again does nothing.
   *
   * @throws `SANDBOX_FAILED`, retriable, when the server has not ended within a minute; it is never killed.
   */
  release(): Promise<void>;
  /**
   * The part of {@link Sandbox.release} that can be done while a process exits: asks the server to end and does not
   * wait. At worst, when another process holds the lock all the while, the server stays up and the next user stops it.
   */
  releaseNow(): void;
}

/** What is known of a sandbox without starting anything. */
export interface SandboxStatus {
  engine: SandboxEngine;
  /** `empty`: never initialised, or reset. */
  state: 'running' | 'stopped' | 'empty';
  /** Only while running, like `port` and `pid`. */
  url: string | undefined;
  port: number | undefined;
  pid: number | undefined;
  /** Of the running server or the one that ran last. */
  version: string | undefined;
  source: ServerSource | undefined;
  path: string | undefined;
  socketPath: string | undefined;
  dataDir: string;
  logPath: string;
  /** True when `sandboxUp` left it up. */
  keptUp: boolean;
  /** Processes that use it now. */
  userPids: number[];
}
