import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

import { TablepickError } from '../../errors.js';
import type { SandboxEngine, SandboxOptions } from '../sandbox.js';

/** The files of one engine in one instance. */
export interface InstanceFolder {
  /** The sandbox's home, with fetched servers and all instances. */
  home: string;
  /** Holds the files below. Only its owner has access. */
  folder: string;
  dataDir: string;
  /** When the path would be too long for a socket, it is below the system's temporary folder. */
  socketPath: string;
  /** The file that the server reads at each start: settings or SQL, with the password. */
  startFile: string;
  /** A file with only the server's password. */
  passwordPath: string;
  /** The only folder in which the server may read and write files for SQL. It stays empty. */
  filesDir: string;
  /**
   * Folder of temporary tables. A starting server deletes all temporary tables there, so each server needs its own.
   */
  tmpDir: string;
  logPath: string;
  statePath: string;
  lockPath: string;
  usersDir: string;
  /** Exists while the server must stay up without users. */
  upMarker: string;
}

/** The longest path of a socket on macOS, with its `.lock` file. Linux allows 107. */
const SOCKET_PATH_BYTES = 95;
const INSTANCE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/;

/**
 * The folder of servers and data. Created when missing.
 *
 * @throws `SANDBOX_FAILED` when the folder cannot be made.
 */
export function openHome(options: Pick<SandboxOptions, 'home'>): string {
  const home = resolve(options.home ?? process.env['TABLEPICK_HOME'] ?? defaultHome());
  makeFolder(home);
  // The path must have one form, because a server is recognised by the data directory in its command line.
  return realpathSync(home);
}

/**
 * The files of an engine's instance. Its folder is created when missing.
 *
 * @throws `BAD_OPTION` when the instance name is not a plain word; `SANDBOX_FAILED` when the folder cannot be made or
 * belongs to another user.
 */
export function openInstance(options: SandboxOptions, engine: SandboxEngine): InstanceFolder {
  const instance = options.instance ?? 'default';
  if (!INSTANCE_NAME.test(instance)) {
    throw new TablepickError('BAD_OPTION', `sandbox instance "${instance}" is not a plain word`, {
      hint: 'Use up to 40 letters, digits, - and _.',
    });
  }
  const home = openHome(options);
  const folder = join(home, 'instances', instance, engine);
  makePrivateFolder(folder);
  return { home, ...filesBelow(folder) };
}

function defaultHome(): string {
  const cache = process.env['XDG_CACHE_HOME'];
  return join(cache !== undefined && isAbsolute(cache) ? cache : join(homedir(), '.cache'), 'tablepick');
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new TablepickError(
      'SANDBOX_FAILED',
      `cannot make the sandbox's folder ${path}: ${(cause as Error).message}`,
      {
        hint: 'Set TABLEPICK_HOME to a folder you may write to.',
        cause,
      },
    );
  }
}

/** No other user has access, because the folder holds the password and the server's socket. */
function makePrivateFolder(path: string): void {
  makeFolder(path);
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid)) {
    throw new TablepickError('SANDBOX_FAILED', `${path} belongs to someone else: no server is run there`, {
      hint: 'Set TABLEPICK_HOME to a folder of your own with a short path.',
    });
  }
  if ((found.mode & 0o077) !== 0) chmodSync(path, 0o700);
}

function filesBelow(folder: string): Omit<InstanceFolder, 'home'> {
  return {
    folder,
    dataDir: join(folder, 'data'),
    socketPath: chooseSocketPath(folder),
    startFile: join(folder, 'start'),
    passwordPath: join(folder, 'password'),
    filesDir: join(folder, 'files'),
    tmpDir: join(folder, 'tmp'),
    logPath: join(folder, 'server.log'),
    statePath: join(folder, 'server.json'),
    lockPath: join(folder, 'lock'),
    usersDir: join(folder, 'users'),
    upMarker: join(folder, 'up'),
  };
}

function chooseSocketPath(folder: string): string {
  const near = join(folder, 'server.sock');
  return Buffer.byteLength(near) <= SOCKET_PATH_BYTES ? near : join(shortFolder(folder), 'server.sock');
}

function shortFolder(folder: string): string {
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  const path = join(tmpdir(), `tablepick-${process.getuid?.() ?? 0}-${digest}`);
  makePrivateFolder(path);
  return path;
}
