import { setImmediate } from 'node:timers/promises';

import { isTablepickError } from '../errors.js';
import { describeFileError } from '../file-errors.js';
import { redactText } from '../redact.js';
import { exitCodeOfError, exitCodes } from './exit-codes.js';
import { givenUrls } from './given-urls.js';
import { createOutput } from './output/output.js';
import { runProgram } from './program.js';
import { reportError } from './report-error.js';
import { listenForStop } from './stop-signals.js';

/**
 * Runs one command line, without the program's name, and resolves with its exit code. It never ends the process itself.
 * A second SIGINT, SIGTERM or SIGHUP resolves at once with 130, 143 or 129. Statements may still be in flight then: end
 * the process.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const given = givenUrls(argv, process.env);
  const redact = (text: string): string => redactText(text, given);
  const output = createOutput({ json: argv.includes('--json'), quiet: argv.includes('--quiet'), redact });
  const stop = listenForStop(output.note);
  const writeFailure = watchStdout();
  outliveStderr();
  try {
    const exitCode = await Promise.race([runProgram(argv, { output, stop }), stop.aborted]);
    // A failed write is reported in the next turn.
    await setImmediate();
    const failure = writeFailure();
    if (failure === undefined) return exitCode;
    output.complain(`error: writing the result to stdout failed: ${failure.message}`);
    return exitCodes.failed;
  } catch (caught) {
    const error = describeFileError(caught) ?? caught;
    reportError(error, output);
    return isTablepickError(error, 'ABORTED') ? (stop.exitCode() ?? exitCodeOfError(error)) : exitCodeOfError(error);
  } finally {
    stop.close();
  }
}

/**
 * When the reader left (`… | head`, a closed terminal), it has what it wanted. Any other failure to write is the
 * command's failure.
 */
function watchStdout(): () => Error | undefined {
  let failure: Error | undefined;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    const hasLeft = error.code === 'EPIPE' || (error.code === 'EIO' && process.stdout.isTTY);
    if (!hasLeft) failure ??= error;
  });
  return () => failure;
}

/** Nobody reads notes and progress any more, and there is no place to report it. The work itself goes on. */
function outliveStderr(): void {
  process.stderr.on('error', () => {});
}
