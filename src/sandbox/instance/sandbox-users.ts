import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isAlive, thisProcess, type ProcessIdentity } from '../server/process-identity.js';

/**
 * Notes that this process uses the server; one process may do so several times.
 *
 * @returns The note's file, to be given to {@link removeUser}.
 */
export function addUser(usersDir: string): string {
  mkdirSync(usersDir, { recursive: true });
  const path = join(usersDir, `${process.pid}-${randomUUID()}.json`);
  writeFileSync(`${path}.draft`, JSON.stringify(thisProcess()));
  renameSync(`${path}.draft`, path);
  return path;
}

/** Takes the note away; one that is gone already is no error. */
export function removeUser(path: string): void {
  rmSync(path, { force: true });
}

/** The live processes that use the server; notes of dead ones are taken away. */
export function liveUsers(usersDir: string): ProcessIdentity[] {
  const live: ProcessIdentity[] = [];
  for (const name of listNotes(usersDir)) {
    const path = join(usersDir, name);
    const user = readUser(path);
    if (user && isAlive(user)) live.push(user);
    else removeUser(path);
  }
  return live;
}

function listNotes(usersDir: string): string[] {
  mkdirSync(usersDir, { recursive: true });
  return readdirSync(usersDir).filter((name) => name.endsWith('.json'));
}

function readUser(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    // Gone since the folder was read, or cut short by a crash: either way nobody's.
    return undefined;
  }
}
