import { type TablepickError, isTablepickError } from '../errors.js';
import { onStderr } from './output/colours.js';
import type { Output } from './output/output.js';

/**
 * Reports an error: one `error:` and at most one `hint:` line on stderr, and with `--json` one object on stdout. A
 * password in a URL is never printed, also when the user wrote it in a wrong place. The stack is printed only with
 * TABLEPICK_DEBUG=1.
 */
export function reportError(error: unknown, output: Output): void {
  const { code, message, hint } = describeError(error, output.redact);
  output.complain(`${onStderr.red('error:')} ${message}`);
  if (hint !== undefined) output.complain(`${onStderr.cyan('hint:')} ${hint}`);
  if (process.env.TABLEPICK_DEBUG === '1') output.complain(stackOf(error));
  if (output.json) output.result({ error: { code, message, hint } }, () => []);
}

interface ErrorDescription {
  code: TablepickError['code'] | 'DEFECT';
  message: string;
  hint?: string | undefined;
}

function describeError(error: unknown, redact: (text: string) => string): ErrorDescription {
  const message = oneLine(redact(error instanceof Error ? error.message : String(error)));
  if (isTablepickError(error)) return { code: error.code, message, hint: error.hint && redact(error.hint) };
  return { code: 'DEFECT', message, hint: 'this is a defect of tablepick: TABLEPICK_DEBUG=1 shows where it arose' };
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
