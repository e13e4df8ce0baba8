import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

import { TablepickError } from '../../errors.js';
import type { CommandContext } from '../command.js';
import type { ConnectionOptions } from '../options/connection-options.js';
import { readSecretFile } from './read-secret-file.js';

/**
 * The password to connect with: the first of `--password-file`, `--password-prompt` and TABLEPICK_DATABASE_PASSWORD.
 * When it is undefined, the URL decides.
 *
 * @throws `BAD_OPTION` when the file cannot be read or there is no terminal to ask on; `ABORTED` when a signal comes
 * while asking.
 */
export async function readPassword(
  context: CommandContext,
  options: ConnectionOptions,
  url: string,
): Promise<string | undefined> {
  if (options.passwordFile !== undefined)
    return readSecretFile({ option: '--password-file', path: options.passwordFile, signal: context.stop.signal });
  if (options.passwordPrompt) return promptPassword(context.stop.signal);
  const fromEnvironment = process.env.TABLEPICK_DATABASE_PASSWORD;
  return fromEnvironment === undefined || urlHasPassword(url) ? undefined : fromEnvironment;
}

/** Whether the URL contains a password. */
export function urlHasPassword(url: string): boolean {
  return URL.canParse(url) && new URL(url).password !== '';
}

async function promptPassword(signal: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new TablepickError('BAD_OPTION', '--password-prompt needs a terminal to ask on', {
      hint: 'use TABLEPICK_DATABASE_PASSWORD or --password-file FILE',
    });
  }
  process.stderr.write('Password: ');
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({ input: process.stdin, output: silent, terminal: true, historySize: 0 });
  // Raw mode turns Ctrl-C into a key. Here it becomes the signal again.
  prompt.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return await prompt.question('', { signal });
  } catch (cause) {
    throw signal.aborted ? new TablepickError('ABORTED', 'stopped while asking for the password', { cause }) : cause;
  } finally {
    prompt.close();
    process.stderr.write('\n');
  }
}
