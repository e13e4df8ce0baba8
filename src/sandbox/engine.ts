import type { SandboxEngine, ServerSource } from './sandbox.js';

/** A server program on this machine and how to run it. */
export interface ServerProgram {
  engine: SandboxEngine;
  version: string;
  source: ServerSource;
  /** The program's file, or the Docker image: what people are told. */
  path: string;
  /** What stands before the server's options when it is run: the program itself, or a loader with the program's own libraries. */
  command: readonly string[];
  /** Folder a package was unpacked into; undefined for a program that finds its files by itself. */
  root?: string | undefined;
}

/** Where one server keeps what it writes. */
export interface ServerPlace {
  dataDir: string;
  socketPath: string;
  port: number;
  /** SQL the server runs at each start, before it lets anyone in. */
  initFile: string;
  /** The only folder in which it may read and write files for SQL, where it needs one named. */
  filesDir: string;
}

/** What a server may take of the machine. */
export interface ServerSize {
  bufferPoolBytes: number;
  redoLogBytes: number;
}

/** Where a greeting is waited for. */
export type ServerAddress = { path: string } | { host: string; port: number };

/** What initialising needs beside the program. */
export interface InitializeOptions {
  /** An empty folder that becomes the data directory. */
  dataDir: string;
  signal?: AbortSignal | undefined;
}

/** Everything the sandbox knows of one kind of server; finding, fetching, starting and stopping know no engine. */
export interface Engine {
  readonly name: SandboxEngine;
  /** File names of the installed server, best first. */
  readonly programNames: readonly string[];
  /** Folders beside PATH and the system's own where it may be installed. */
  readonly installedFolders: readonly string[];
  /** What makes the program print its version and end. */
  readonly versionArguments: readonly string[];
  /** The version in what it printed; undefined when the program is another engine's (`mysqld` may be either) or too old. */
  versionIn(versionText: string): string | undefined;
  readonly debian: {
    packageName: string;
    /** Names the package has had in Debian's and Ubuntu's releases. */
    packagePattern: RegExp;
    /** The server inside the unpacked package. */
    programPath: string;
    /** True when Debian carries it in its unstable suite only. */
    inUnstable: boolean;
  };
  readonly docker: { image: string; environment: readonly string[]; dataFolder: string; port: number };
  /** What a database runs at each start: the schema and the account users come with. */
  readonly initSql?: string;
  /** What one may do instead of running a sandbox, for hints. */
  readonly elsewhere: string;
  /** The option that names the data directory; by it a process is known to work there. */
  dataDirOption(dataDir: string): string;
  /** Fills an empty data directory. */
  initialize(program: ServerProgram, options: InitializeOptions): Promise<void>;
  /** Options that say where a natively run server finds its files and puts its data. */
  placeOptions(program: ServerProgram, place: ServerPlace): string[];
  /** Options of size and behaviour, the same in a container. */
  settingOptions(size: ServerSize): string[];
  /** The version of the server that answers at `address`, undefined when none is ready there. */
  readVersion(address: ServerAddress): Promise<string | undefined>;
  url(port: number): string;
  /** True when the end of a log says that another program holds the port. */
  lostPort(logText: string): boolean;
  /** Matches the lines of a log that say why the server ended. */
  readonly errorLine: RegExp;
}
