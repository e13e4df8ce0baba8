import { execFile } from 'node:child_process';
import type { ExecFileException } from 'node:child_process';

import { TablepickError } from '../../errors.js';

/** A program that is not part of this package, and the folder in which it runs. */
export interface ProgramCall {
  program: string;
  args: readonly string[];
  folder: string;
  env?: Record<string, string> | undefined;
  signal?: AbortSignal | undefined;
  /** What to install when the program is missing, one sentence. */
  installHint: string;
}

const outputBytesAtMost = 16 * 1024 * 1024;

/**
 * Runs a program to its end and returns its stdout.
 *
 * @throws `PEER_UNAVAILABLE` when it is not installed, `PEER_FAILED` with the last lines of its output when it fails,
 * `ABORTED` when `signal` ended it.
 */
export async function runProgram(call: ProgramCall): Promise<string> {
  const { program, args, folder, env, signal } = call;
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env: { ...process.env, ...env }, maxBuffer: outputBytesAtMost };
    execFile(program, args, signal ? { ...options, signal } : options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(programFailed(call, error, `${stdout}${stderr}`));
    });
  });
}

function programFailed(call: ProgramCall, cause: ExecFileException, output: string): TablepickError {
  const { program, args, installHint, signal } = call;
  if (signal?.aborted) return new TablepickError('ABORTED', `stopped while ${program} was running`, { cause });
  if (cause.code === 'ENOENT') {
    return new TablepickError('PEER_UNAVAILABLE', `the peers need ${program}, which is not installed`, {
      hint: `${installHint}; or leave the peers out`,
    });
  }
  const lastWords = output.trim().split('\n').slice(-5).join('\n');
  return new TablepickError('PEER_FAILED', `${program} ${args.slice(0, 3).join(' ')} … failed: ${lastWords}`, {
    cause,
  });
}
