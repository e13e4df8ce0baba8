import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Engine, ServerProgram } from '../engines/engine.js';

/** What is noted beside a fetched package once it is whole. */
export interface FetchedNote {
  /** The package's name. */
  packageName: string;
  version: string;
}

/** Name of that note; a folder without it is no fetched server. */
export const FETCHED_NOTE = 'fetched.json';

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
  const program = engine.package.programIn(root);
  return program && { engine: engine.name, version: note.version, source: 'fetched-before', ...program, root };
}

function readNote(path: string): FetchedNote | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as FetchedNote;
  } catch {
    return undefined;
  }
}
