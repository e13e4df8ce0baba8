import { readFileSync } from 'node:fs';

import { mayHaveArgument, isAlive, type ProcessIdentity } from './process-identity.js';
import type { ServerSource } from '../sandbox.js';
import { writePrivateFile } from '../instance/write-private-file.js';

/** The stored facts about the last started server. */
export interface ServerState extends ProcessIdentity {
  /** The argument with the data directory. No other process has it on its command line. */
  mark: string;
  port: number;
  /** Undefined for Kafka and for a server in Docker: they are reached by the port. */
  socketPath: string | undefined;
  version: string;
  source: ServerSource;
  path: string;
  /** True after the server was asked to end. Then it must not be adopted. */
  stopping: boolean;
}

/** The last written state, also when that server has ended. Undefined when there is none or a crash cut it short. */
export function readState(path: string): ServerState | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ServerState;
  } catch {
    return undefined;
  }
}

/** Writes the state atomically. */
export function writeState(path: string, state: ServerState): void {
  writePrivateFile(path, JSON.stringify(state, undefined, 2));
}

/** True while exactly this server runs: same pid, same start time, and our data directory on its command line. */
export function isRunning(state: ServerState): boolean {
  return isAlive(state) && mayHaveArgument(state.pid, state.mark);
}
