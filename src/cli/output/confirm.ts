import { createInterface } from 'node:readline/promises';

import { TablepickError } from '../../errors.js';
import type { CommandContext } from '../command.js';

/** The planned action, and the command line that does it without asking. */
export interface Confirmation {
  question: string;
  command: string;
}

/**
 * Asks on the terminal whether to go on.
 *
 * @throws `NOT_CONFIRMED` when the answer is not yes or there is no terminal to ask on; `ABORTED` when a signal comes
 * while asking.
 */
export async function confirm(context: CommandContext, { question, command }: Confirmation): Promise<void> {
  const answer = process.stdin.isTTY ? await ask(`${question} [y/N] `, context.stop.signal) : '';
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new TablepickError('NOT_CONFIRMED', `nothing was changed, because nobody confirmed: ${question}`, {
    hint: `to go on without being asked: ${command}`,
  });
}

async function ask(question: string, signal: AbortSignal): Promise<string> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  prompt.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return await prompt.question(question, { signal });
  } catch (cause) {
    throw signal.aborted ? new TablepickError('ABORTED', 'stopped while asking', { cause }) : cause;
  } finally {
    prompt.close();
  }
}
