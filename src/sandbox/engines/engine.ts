import type { FetchedSource, SandboxEngine, ServerSource } from '../sandbox.js';

/** A server program on this machine and how to run it. */
export interface ServerProgram {
  engine: SandboxEngine;
  version: string;
  source: ServerSource;
  /** The program's file, or the Docker image: what people are told. */
  path: string;
  /**
   * What stands before the server's options when it is run: the program itself, or what loads it (a loader with
   * libraries, Java).
   */
  command: readonly string[];
  /** Folder a package was unpacked into; undefined for a program that finds its files by itself. */
  root?: string | undefined;
}

/** Where one server keeps what it writes. */
export interface ServerPlace {
  dataDir: string;
  socketPath: string;
  port: number;
  /** A second free port, for a server that talks to itself over one. */
  innerPort: number;
  /**
   * What {@link Engine.startFileText} gave, for the server to read at each start, before it lets anyone in. Holds the
   * password: only its owner may read it.
   */
  startFile: string;
  /** Holds the password alone. Only its owner may read it. */
  passwordPath: string;
  /** The only folder in which it may read and write files for SQL, where it needs one named. */
  filesDir: string;
  /** For its temporary tables, where it has such. */
  tmpDir: string;
}

/** What a server may take of the machine. */
export interface ServerSize {
  bufferPoolBytes: number;
  redoLogBytes: number;
}

/** Where a greeting is waited for. */
export type ServerAddress = { path: string } | { host: string; port: number };

/** What a greeting is compared with, or asked for with. */
export interface OurServer {
  dataDir: string;
  /** Undefined when it is not known. */
  password: string | undefined;
}

/** What initialising needs beside the program. */
export interface InitializeOptions {
  /** An empty folder that becomes the data directory. */
  dataDir: string;
  signal?: AbortSignal | undefined;
}

/** How an engine's server is fetched into a folder of the sandbox's home, where none is installed. */
export interface ServerPackage {
  /** What is fetched, as people are told. */
  readonly name: string;
  readonly source: FetchedSource;
  /** What a machine needs for it, for hints: "use Debian or Ubuntu with …". */
  readonly needs: string;
  /** True when this machine can fetch it and run it. */
  canFetch(): boolean;
  /**
   * Fetches it into `folder`, where {@link ServerPackage.programIn} finds it. What else is left in the folder is thrown
   * away.
   *
   * @returns The exact name of what was fetched.
   * @throws `SANDBOX_FAILED` when it cannot be fetched; `ABORTED` when the signal fires.
   */
  fetchInto(folder: string, signal: AbortSignal | undefined): Promise<string>;
  /**
   * The server below `root`, the folder named `root` in the one it was fetched into; undefined when it is not whole or
   * cannot be run.
   */
  programIn(root: string): Pick<ServerProgram, 'path' | 'command'> | undefined;
}

/** Everything the sandbox knows of one kind of server; finding, fetching, starting and stopping know no engine. */
export interface Engine {
  readonly name: SandboxEngine;
  /** File names of the installed server, best first. */
  readonly programNames: readonly string[];
  /** Folders beside PATH and the system's own where it may be installed. */
  readonly installedFolders: readonly string[];
  /**
   * What runs an installed program of one of these names; undefined when it lacks its files. Default: the program
   * itself.
   */
  installedCommand?(path: string): string[] | undefined;
  /** What makes the program print its version and end. */
  readonly versionArguments: readonly string[];
  /**
   * The version in what it printed; undefined when the program is another engine's (`mysqld` may be either) or too old.
   */
  versionIn(versionText: string): string | undefined;
  readonly package: ServerPackage;
  readonly docker: {
    image: string;
    environment: readonly string[];
    /** Files that are mounted into the container, to be read only: where on this machine, and where there. */
    files(place: ServerPlace): readonly (readonly [here: string, there: string])[];
    dataFolder: string;
    port: number;
    /**
     * What is run in the container before the options of size and behaviour. Default: what the image runs by itself.
     */
    command?(place: ServerPlace): string[];
  };
  /**
   * What the server is told at each start in a file, because other users may read a command line: above all the
   * password.
   */
  startFileText(password: string): string;
  /** What one may do instead of running a sandbox, for hints. */
  readonly elsewhere: string;
  /** True for a server that answers on a TCP port only. */
  readonly withoutSocket?: true;
  /** The argument that names the data directory; by it a process is known to work there. */
  dataDirOption(dataDir: string): string;
  /** Finds the port in the command line of a server that was run natively. */
  readonly portPattern: RegExp;
  /** Fills an empty data directory. */
  initialize(program: ServerProgram, options: InitializeOptions): Promise<void>;
  /** Options that say where a natively run server finds its files and puts its data. */
  placeOptions(program: ServerProgram, place: ServerPlace): string[];
  /** Options of size and behaviour, the same in a container. */
  settingOptions(size: ServerSize): string[];
  /**
   * The version of the server that answers at `address`, `''` when it does not tell; undefined when none is ready
   * there. Where a greeting tells whose data it serves, any other than those in `dataDir` are not what was asked for.
   * `password` is told only to a server that proved to be ours.
   */
  readVersion(address: ServerAddress, ours: OurServer): Promise<string | undefined>;
  /** What a client is given; without the password where the running server has none. */
  url(port: number, password: string | undefined): string;
  /** True when the end of a log says that another program holds the port. */
  lostPort(logText: string): boolean;
  /** Matches the lines of a log that say why the server ended. */
  readonly errorLine: RegExp;
}
