import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isAlive, thisProcess, type ProcessIdentity } from '../server/process-identity.js';

/**
 * Records that this process uses the server. One process may have several records.
 *
 * @returns The record's file, for {@link removeUser}.
 */
export function addUser(usersDir: string): string {
  mkdirSync(usersDir, { recursive: true });
  const path = join(usersDir, `${process.pid}-${randomUUID()}.json`);
  writeFileSync(`${path}.draft`, JSON.stringify(thisProcess()));
  renameSync(`${path}.draft`, path);
  return path;
}

/** Removes the record. A missing record is not an error. */
export function removeUser(path: string): void {
  rmSync(path, { force: true });
}

/** The live processes that use the server. Records of dead processes are removed. */
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
    // The record was removed since the folder was read, or a crash cut it short. It belongs to no live user.
    return undefined;
  }
}
