import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { onAbort } from '../../abort/on-abort.js';
import { TablepickError } from '../../errors.js';
import { lineOfFullDisk } from '../instance/name-full-disk.js';

/** Settings of {@link runCommand}. */
export interface RunCommandOptions {
  /** The purpose, as the beginning of an error: "fetching mysql-server-core". */
  doing: string;
  env?: NodeJS.ProcessEnv | undefined;
  cwd?: string | undefined;
  /** Sent to its standard input. */
  input?: Readable | undefined;
  signal?: AbortSignal | undefined;
}

const ERROR_LINES = 5;

/**
 * Runs a program to its end and returns its output.
 *
 * @throws `SANDBOX_FAILED` with the last lines of its error output when it fails or is missing; `ABORTED` when `signal`
 * fires.
 */
export async function runCommand(command: readonly string[], options: RunCommandOptions): Promise<string> {
  if (options.signal?.aborted) throw aborted(options.doing);
  const [program = '', ...args] = command;
  const child = spawn(program, args, { env: options.env ?? process.env, cwd: options.cwd });
  const stop = () => void child.kill();
  const forget = onAbort(options.signal, stop);
  const printed = collect(child.stdout);
  const complaints = collect(child.stderr);
  if (options.input) pipeline(options.input, child.stdin).catch(stop);
  else child.stdin.end();
  try {
    const failure = await waitForEnd(child);
    if (options.signal?.aborted) throw aborted(options.doing);
    if (failure !== undefined) throw failed({ doing: options.doing, program, failure, complaints: complaints() });
    return printed();
  } finally {
    forget();
  }
}

/** The last lines of a text that are not empty, as one line. */
export function lastLines(text: string, count = ERROR_LINES): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter(Boolean).slice(-count).join(' | ');
}

function collect(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  return () => text;
}

function waitForEnd(child: ReturnType<typeof spawn>): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) =>
      resolve(code === 0 ? undefined : signal ? `killed by ${signal}` : `exit code ${code}`),
    );
  });
}

function failed(what: { doing: string; program: string; failure: string; complaints: string }): TablepickError {
  const said = lineOfFullDisk(what.complaints) || lastLines(what.complaints);
  return new TablepickError(
    'SANDBOX_FAILED',
    `${what.doing}: ${what.program} failed (${what.failure})${said === '' ? '' : `: ${said}`}`,
  );
}

function aborted(doing: string): TablepickError {
  return new TablepickError('ABORTED', `stopped while ${doing}`);
}
