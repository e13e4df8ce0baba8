import { spawn } from 'node:child_process';

/** The end of a program and its output. */
export interface ProgramResult {
  /** Exit code; null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The folder and the environment of a program. */
export interface ProgramSettings {
  cwd?: string;
  /** Added to this process's environment. Undefined removes a variable. */
  env?: Record<string, string | undefined>;
}

/** Runs a program to its end, without a terminal and without input. */
export async function runProgram(
  command: string,
  words: readonly string[],
  settings: ProgramSettings = {},
): Promise<ProgramResult> {
  const child = spawn(command, words, {
    cwd: settings.cwd,
    env: { ...process.env, ...settings.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const result = { code: null as number | null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (result.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (result.stderr += text));
  result.code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  return result;
}

/** Runs a program that must succeed and returns its stdout. The error contains all that the program said. */
export async function runOrThrow(
  command: string,
  words: readonly string[],
  settings: ProgramSettings = {},
): Promise<string> {
  const { code, stdout, stderr } = await runProgram(command, words, settings);
  if (code !== 0) throw new Error(`${command} ${words.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}
