import { readFileSync } from 'node:fs';

import { mayHaveArgument, isAlive, type ProcessIdentity } from './process-identity.js';
import type { ServerSource } from '../sandbox.js';
import { writePrivateFile } from '../instance/write-private-file.js';

/** What is written down of the server that was started last. */
export interface ServerState extends ProcessIdentity {
  /** The one argument of its command line that no other process has: it names the data directory. */
  mark: string;
  port: number;
  /** Undefined for a server that is reached by its port: Kafka, or one in Docker. */
  socketPath: string | undefined;
  version: string;
  source: ServerSource;
  path: string;
  /** True from the moment it was asked to end: it must not be adopted any more. */
  stopping: boolean;
}

/**
 * The state written last, whether or not that server still runs; undefined when there is none or a crash cut it short.
 */
export function readState(path: string): ServerState | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ServerState;
  } catch {
    return undefined;
  }
}

/** Writes the state whole or not at all. */
export function writeState(path: string, state: ServerState): void {
  writePrivateFile(path, JSON.stringify(state, undefined, 2));
}

/** True while the very server of that state runs: same pid, same start, and our data directory in its command line. */
export function isRunning(state: ServerState): boolean {
  return isAlive(state) && mayHaveArgument(state.pid, state.mark);
}
