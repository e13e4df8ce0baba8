import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

import { TablepickError } from '../../errors.js';
import type { SandboxEngine, SandboxOptions } from '../sandbox.js';

/** The files of one engine in one instance. */
export interface InstanceFolder {
  /** The sandbox's home, which holds fetched servers and all instances. */
  home: string;
  /** Holds everything below; only its owner may look inside. */
  folder: string;
  dataDir: string;
  /** Below the system's folder for temporary files when the path would be too long for a socket. */
  socketPath: string;
  /** What the server reads at each start: settings or SQL, with the password. */
  startFile: string;
  /** The password of the server, and of nothing else. */
  passwordPath: string;
  /** Stays empty: the only folder in which the server itself may read and write files for SQL. */
  filesDir: string;
  /** Temporary tables. A server that starts deletes those it finds, so no two may share a folder. */
  tmpDir: string;
  logPath: string;
  statePath: string;
  lockPath: string;
  usersDir: string;
  /** Exists while the server is to stay up without users. */
  upMarker: string;
}

/** The most a socket's path may be on macOS, less than Linux's 107, with the `.lock` beside it. */
const SOCKET_PATH_BYTES = 95;
const INSTANCE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/;

/**
 * Where servers and data lie, made if missing.
 *
 * @throws `SANDBOX_FAILED` when the folder cannot be made.
 */
export function openHome(options: Pick<SandboxOptions, 'home'>): string {
  const home = resolve(options.home ?? process.env['TABLEPICK_HOME'] ?? defaultHome());
  makeFolder(home);
  // One spelling, because a server is recognised by the data directory in its command line.
  return realpathSync(home);
}

/**
 * The files of that engine's instance; its folder is made if missing.
 *
 * @throws `BAD_OPTION` for an instance name that is no plain word; `SANDBOX_FAILED` when the folder cannot be made or
 * is another user's.
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

/** Nobody else may look inside: it holds the password and the server's socket. */
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
