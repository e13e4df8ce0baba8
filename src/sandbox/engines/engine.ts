import type { FetchedSource, SandboxEngine, ServerSource } from '../sandbox.js';

/** A server program on this machine, and its command. */
export interface ServerProgram {
  engine: SandboxEngine;
  version: string;
  source: ServerSource;
  /** The program's file, or the Docker image, for messages. */
  path: string;
  /** The words before the server's options: the program itself, or its loader (a loader with libraries, Java). */
  command: readonly string[];
  /** Folder of an unpacked package. Undefined when the program finds its files by itself. */
  root?: string | undefined;
}

/** The files and ports of one server. */
export interface ServerPlace {
  dataDir: string;
  socketPath: string;
  port: number;
  /** A second free port, for a server with an internal port. */
  innerPort: number;
  /**
   * The file with the text of {@link Engine.startFileText}. The server reads it at each start, before it accepts
   * clients. It holds the password: only its owner may read it.
   */
  startFile: string;
  /** A file with only the password. Only its owner may read it. */
  passwordPath: string;
  /** The only folder for files of SQL statements, for a server that needs such an option. */
  filesDir: string;
  /** Folder of its temporary tables, if it has any. */
  tmpDir: string;
}

/** The memory and disk space of a server. */
export interface ServerSize {
  bufferPoolBytes: number;
  redoLogBytes: number;
}

/** The address of a server's greeting. */
export type ServerAddress = { path: string } | { host: string; port: number };

/** Facts about our server, to check a greeting or to log in. */
export interface OurServer {
  dataDir: string;
  /** Undefined when unknown. */
  password: string | undefined;
}

/** Settings of {@link Engine.initialize}. */
export interface InitializeOptions {
  /** An empty folder that becomes the data directory. */
  dataDir: string;
  signal?: AbortSignal | undefined;
}

/** A server that is fetched into a folder of the sandbox's home, when none is installed. */
export interface ServerPackage {
  /** The package's name, for messages. */
  readonly name: string;
  readonly source: FetchedSource;
  /** The needs of a machine, for hints: "use Debian or Ubuntu with …". */
  readonly needs: string;
  /** True when this machine can fetch and run it. */
  canFetch(): boolean;
  /**
   * Fetches it into `folder`, so that {@link ServerPackage.programIn} finds it. Other files in the folder are deleted.
   *
   * @returns The exact name of the fetched package.
   * @throws `SANDBOX_FAILED` when it cannot be fetched; `ABORTED` when the signal fires.
   */
  fetchInto(folder: string, signal: AbortSignal | undefined): Promise<string>;
  /**
   * The server in the folder `root`, which is inside the folder of the fetch. Undefined when it is not complete or
   * cannot run.
   */
  programIn(root: string): Pick<ServerProgram, 'path' | 'command'> | undefined;
}

/**
 * All facts about one kind of server. The code that finds, fetches, starts and stops servers is the same for all
 * engines.
 */
export interface Engine {
  readonly name: SandboxEngine;
  /** File names of the installed server, best first. */
  readonly programNames: readonly string[];
  /** Further folders of an installed server, beside PATH and the system's folders. */
  readonly installedFolders: readonly string[];
  /** The command of an installed program. Undefined when its files are missing. Default: the program itself. */
  installedCommand?(path: string): string[] | undefined;
  /** Arguments that make the program print its version and end. */
  readonly versionArguments: readonly string[];
  /**
   * Reads the version from the printed text. Undefined when the program belongs to another engine (`mysqld` may be
   * either) or is too old.
   */
  versionIn(versionText: string): string | undefined;
  readonly package: ServerPackage;
  readonly docker: {
    image: string;
    environment: readonly string[];
    /** Files that are mounted read-only into the container: the path on this machine, and the path there. */
    files(place: ServerPlace): readonly (readonly [here: string, there: string])[];
    dataFolder: string;
    port: number;
    /** The command in the container, without the setting options. Default: the image's own command. */
    command?(place: ServerPlace): string[];
  };
  /**
   * The text that the server reads at each start, with the password. It is in a file, because other users may read a
   * command line.
   */
  startFileText(password: string): string;
  /** An alternative to the sandbox, for hints. */
  readonly elsewhere: string;
  /** True when the server has no Unix socket. */
  readonly withoutSocket?: true;
  /** The argument with the data directory. It identifies the process of this directory. */
  dataDirOption(dataDir: string): string;
  /** Finds the port in the command line of a server outside Docker. */
  readonly portPattern: RegExp;
  /** Fills an empty data directory. */
  initialize(program: ServerProgram, options: InitializeOptions): Promise<void>;
  /** Options for the files and the data of a server outside Docker. */
  placeOptions(program: ServerProgram, place: ServerPlace): string[];
  /** Options of size and behaviour, the same in a container. */
  settingOptions(size: ServerSize): string[];
  /**
   * The version of the server at `address`. `''` when the server does not give it. Undefined when no server is ready
   * there, or when its greeting names other data than `dataDir`. `password` is sent only to a server that is proved to
   * be ours.
   */
  readVersion(address: ServerAddress, ours: OurServer): Promise<string | undefined>;
  /** The URL for clients. Without the password when the running server has none. */
  url(port: number, password: string | undefined): string;
  /** True when the log says that another program uses the port. */
  lostPort(logText: string): boolean;
  /** Matches the log lines with the reason of the server's end. */
  readonly errorLine: RegExp;
}
