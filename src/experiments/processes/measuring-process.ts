import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

import { onAbort } from '../../abort/on-abort.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import type { ErrorCode } from '../../errors.js';

/** The last message of a measuring process that fails. */
export interface FailureMessage {
  kind: 'failed';
  message: string;
  code: ErrorCode | null;
  hint: string | null;
}

/** How a measuring process is started, and how its messages are received. */
export interface MeasuringProcessOptions<Message> {
  /** Environment variables in addition to those of this process. */
  env?: Record<string, string>;
  onMessage: (message: Message) => void;
}

/** A measuring process of tablepick. */
export interface MeasuringProcess {
  child: ChildProcess;
  /** Resolves with a text about how it ended and the end of its stderr. */
  ended: Promise<string>;
}

/** Starts `entry`, a compiled file, as a process of its own; messages may carry typed arrays. */
export function startMeasuringProcess<Message>(
  entry: string,
  { env = {}, onMessage }: MeasuringProcessOptions<Message>,
): MeasuringProcess {
  const child = fork(entry, {
    env: { ...process.env, ...env },
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr?.on('data', (text: Buffer) => (complaint = (complaint + text.toString()).slice(-2000)));
  child.on('message', onMessage);
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, killedBy) =>
      resolve(`${killedBy ?? `exit code ${code}`}: ${complaint.trim() || 'no message'}`),
    );
  });
  return { child, ended };
}

/** Settings of {@link runMeasuringProcess}. */
export interface RunProcessOptions<Message> {
  env: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Called with every message except the last. */
  onMessage?: ((message: Exclude<Message, { kind: 'done' } | FailureMessage>) => void) | undefined;
}

/**
 * Runs `entry` as a process of its own, so that its CPU time and memory are those of its work alone. Resolves with its
 * outcome.
 *
 * @throws The error that the process reports, with its code; `ABORTED` when `signal` ended it; `QUERY_FAILED` when it
 * ended without a message.
 */
export async function runMeasuringProcess<Outcome, Told extends { kind: string } = never>(
  entry: string,
  { env, signal, onMessage }: RunProcessOptions<Told>,
): Promise<Outcome> {
  if (signal?.aborted) throw stoppedMeasuring();
  let done: { outcome: Outcome } | undefined;
  let failure: FailureMessage | undefined;
  const { child, ended } = startMeasuringProcess<{ kind: 'done'; outcome: Outcome } | FailureMessage | Told>(entry, {
    env,
    onMessage: (message) => {
      if (isDone<Outcome>(message)) done = message;
      else if (isFailure(message)) failure = message;
      else onMessage?.(message as Exclude<Told, { kind: 'done' } | FailureMessage>);
    },
  });
  const stop = (): void => void child.kill('SIGTERM');
  const forget = onAbort(signal, stop);
  try {
    const ending = await ended;
    if (done !== undefined) return done.outcome;
    if (signal?.aborted) throw stoppedMeasuring();
    throw failureOf(failure, ending);
  } finally {
    forget();
  }
}

function isDone<Outcome>(message: { kind: string }): message is { kind: 'done'; outcome: Outcome } {
  return message.kind === 'done';
}

function isFailure(message: { kind: string }): message is FailureMessage {
  return message.kind === 'failed';
}

/** Sends a message from inside a measuring process to the one that started it. */
export async function sendToParent(message: object): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    if (process.send === undefined) throw new Error('a measuring process is started by tablepick, not by hand');
    process.send(message, undefined, undefined, (error) => (error ? reject(error) : resolve()));
  });
}

/** `error` as the last message of a measuring process. */
export function failureMessage(error: unknown): FailureMessage {
  const message = error instanceof Error ? error.message : String(error);
  const known = isTablepickError(error) ? error : undefined;
  return { kind: 'failed', message, code: known?.code ?? null, hint: known?.hint ?? null };
}

/**
 * The error that a measuring process reported, with its code. Without a report: an error about how the process ended.
 */
export function failureOf(told: FailureMessage | undefined, ending: string): TablepickError {
  if (told === undefined) {
    return new TablepickError('QUERY_FAILED', `the measuring process ended without a result (${ending})`);
  }
  const hint = told.hint ?? undefined;
  return new TablepickError(told.code ?? 'QUERY_FAILED', told.message, hint === undefined ? {} : { hint });
}

/** The error of a measurement that a signal stopped. */
export function stoppedMeasuring(): TablepickError {
  return new TablepickError('ABORTED', 'stopped while measuring; what was measured before is in the report');
}
