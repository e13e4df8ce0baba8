import { spawnSync } from 'node:child_process';

import type { ProgramResult } from './run-program.js';

/** `nobody` on every system on which the tests run. */
export const OTHER_UID = 65_534;

/** Why nothing can be run as another user here; undefined when it can. */
export function whyNoOtherUser(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'only root may become another user';
}

/** Runs a program as a user of this machine who owns nothing. */
export function runAsOtherUser(program: string, words: readonly string[]): ProgramResult {
  const options = { uid: OTHER_UID, gid: OTHER_UID, cwd: '/', encoding: 'utf8' } as const;
  const { status, stdout, stderr, error } = spawnSync(program, words, options);
  if (error) throw error;
  return { code: status ?? -1, stdout, stderr };
}
