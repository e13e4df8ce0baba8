import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Engine, ServerProgram } from '../engines/engine.js';

/** The note beside a complete fetched package. */
export interface FetchedNote {
  /** The package's name. */
  packageName: string;
  version: string;
}

/** File name of the note. A folder without it is not a fetched server. */
export const FETCHED_NOTE = 'fetched.json';

/** The folder of the engine's fetched package in `home`. It need not exist. */
export function fetchedFolder(home: string, engine: Engine): string {
  return join(home, 'servers', engine.name);
}

/** The server that was fetched before, or undefined. */
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
