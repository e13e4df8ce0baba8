import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

import { expect } from 'vitest';

import type { ProgramResult } from './run-program.js';

/** A running `tablepick` command. */
export interface RunningCli {
  child: ChildProcess;
  /** Resolves when its stderr has matched `pattern`. When it ends before, rejects with everything it said. */
  said(pattern: RegExp): Promise<void>;
  /** Resolves when its stdout has matched `pattern`; rejects like {@link said}. */
  printed(pattern: RegExp): Promise<void>;
  /** Resolves when it has ended. */
  ended: Promise<ProgramResult>;
}

/** The program as the repository has it. */
export const programPath = path.resolve('bin/tablepick.js');

/** Runs `tablepick` to its end without a terminal. Of the TABLEPICK_ variables, it sees only those in `env`. */
export async function runCli(words: readonly string[], env: Record<string, string> = {}): Promise<ProgramResult> {
  return startCli(words, env).ended;
}

/** Starts `tablepick`, e.g. to send it signals. */
export function startCli(words: readonly string[], env: Record<string, string> = {}): RunningCli {
  const foreign = Object.entries(process.env).filter(([name]) => !name.startsWith('TABLEPICK_'));
  const child = spawn(process.execPath, [programPath, ...words], {
    env: { ...Object.fromEntries(foreign), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const result: ProgramResult = { code: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (result.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (result.stderr += text));
  const ended = new Promise<ProgramResult>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ ...result, code }));
  });
  const matched = (stream: 'stdout' | 'stderr') => (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => void (pattern.test(result[stream]) && resolve());
      child[stream].on('data', look);
      ended.then(() => reject(new Error(`ended before it said ${pattern}: ${result.stdout}${result.stderr}`)), reject);
      look();
    });
  return { child, said: matched('stderr'), printed: matched('stdout'), ended };
}

/** The one JSON object that a command printed. */
export function jsonOf(result: ProgramResult): Record<string, unknown> {
  const value: unknown = JSON.parse(result.stdout);
  if (value === null || typeof value !== 'object') throw new Error(`no object: ${result.stdout}`);
  return value as Record<string, unknown>;
}

/** Expects exit code `code` and exactly one error line, which matches `message`, with at most one hint and no stack. */
export function expectOneClearLine(result: ProgramResult, code: number, message: RegExp): void {
  const complaints = result.stderr.split('\n').filter((line) => /^(error|hint): /.test(line));
  expect(result.code, result.stderr).toBe(code);
  expect(complaints[0]).toMatch(message);
  expect(complaints.filter((line) => line.startsWith('error: '))).toHaveLength(1);
  expect(complaints.length).toBeLessThanOrEqual(2);
  expect(result.stderr).not.toMatch(/^\s+at /m);
}
