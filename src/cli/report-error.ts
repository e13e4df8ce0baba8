import { type TablepickError, isTablepickError } from '../errors.js';
import { onStderr } from './colours.js';
import type { Output } from './output.js';

/** From a user to the last `@`: an unescaped `@`, `/` or space in a password must not let a part of it through. */
const URL_PASSWORD = /([a-z][a-z\d+.-]*:\/\/[^\s:@/]*):.*@/gi;

/**
 * Tells what went wrong: one `error:` and at most one `hint:` line on stderr, and with `--json` one object on stdout.
 * A password in a URL is never told, wherever the user mistyped it. The stack is shown with TABLEPICK_DEBUG=1 only.
 */
export function reportError(error: unknown, output: Output): void {
  const { code, message, hint } = describeError(error);
  output.complain(`${onStderr.red('error:')} ${message}`);
  if (hint !== undefined) output.complain(`${onStderr.cyan('hint:')} ${hint}`);
  if (process.env.TABLEPICK_DEBUG === '1') output.complain(hidePasswords(stackOf(error)));
  if (output.json) output.result({ error: { code, message, hint } }, () => []);
}

interface ErrorDescription {
  code: TablepickError['code'] | 'DEFECT';
  message: string;
  hint?: string | undefined;
}

function describeError(error: unknown): ErrorDescription {
  const message = hidePasswords(oneLine(error instanceof Error ? error.message : String(error)));
  if (isTablepickError(error)) return { code: error.code, message, hint: error.hint && hidePasswords(error.hint) };
  return { code: 'DEFECT', message, hint: 'this is a defect of tablepick: TABLEPICK_DEBUG=1 shows where it arose' };
}

/** `text` with `***` for the password of every `scheme://user:password@`. */
export function hidePasswords(text: string): string {
  return text.replace(URL_PASSWORD, '$1:***@');
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
