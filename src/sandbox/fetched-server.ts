import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Engine, ServerProgram } from './engine.js';

/** What is noted beside an unpacked package once it is whole. */
export interface FetchedNote {
  /** The package's name. */
  packageName: string;
  version: string;
}

/** Name of that note; a folder without it is no fetched server. */
export const FETCHED_NOTE = 'fetched.json';

interface Triplet {
  folder: string;
  loader: string;
}

/** Debian's names of the machines this was written for; others have to install a server. */
const TRIPLETS: Partial<Record<string, Triplet>> = {
  x64: { folder: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { folder: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
};

/** Where the engine's fetched package lies in that home, whether or not there is one. */
export function fetchedFolder(home: string, engine: Engine): string {
  return join(home, 'servers', engine.name);
}

/** The server fetched before; undefined when there is none. */
export function findFetched(home: string, engine: Engine): ServerProgram | undefined {
  const folder = fetchedFolder(home, engine);
  const note = readNote(join(folder, FETCHED_NOTE));
  if (note === undefined) return undefined;
  const root = join(folder, 'root');
  const command = unpackedCommand(root, engine);
  if (command === undefined) return undefined;
  const path = join(root, engine.debian.programPath);
  return { engine: engine.name, version: note.version, source: 'fetched-before', path, command, root };
}

/** True when packages for this processor can be run from a folder. */
export function runsUnpacked(): boolean {
  return process.platform === 'linux' && TRIPLETS[process.arch] !== undefined;
}

/**
 * The command that runs an unpacked server: its own loader with its own libraries, because they may be newer than the machine's.
 *
 * @returns Undefined when the loader or the program is missing.
 */
export function unpackedCommand(root: string, engine: Engine): string[] | undefined {
  const triplet = TRIPLETS[process.arch];
  const program = join(root, engine.debian.programPath);
  if (triplet === undefined || !existsSync(program)) return undefined;
  const folders = ['usr/lib', 'lib'].map((lib) => join(root, lib, triplet.folder));
  const loader = folders.map((folder) => join(folder, triplet.loader)).find(existsSync);
  if (loader === undefined) return undefined;
  return [loader, '--library-path', [...folders, join(root, 'usr/lib/mysql/private')].join(':'), program];
}

function readNote(path: string): FetchedNote | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as FetchedNote;
  } catch {
    return undefined;
  }
}
