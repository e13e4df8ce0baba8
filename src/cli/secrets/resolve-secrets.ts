import type { Command } from 'commander';

import { TablepickError } from '../../errors.js';
import type { CommandContext } from '../command.js';
import type { Variable } from '../environment.js';
import { readSecretFile } from './read-secret-file.js';

/** A URL option, and the other sources of its password. */
interface UrlSecret {
  /** The name of the option in commander's form. */
  url: string;
  urlFlag: string;
  urlVariable: Variable;
  file: string;
  fileFlag: string;
  variable: Variable;
}

const URL_SECRETS: readonly UrlSecret[] = [
  {
    url: 'redisUrl',
    urlFlag: '--redis-url',
    urlVariable: 'TABLEPICK_REDIS_URL',
    file: 'redisPasswordFile',
    fileFlag: '--redis-password-file',
    variable: 'TABLEPICK_REDIS_PASSWORD',
  },
  {
    url: 'smtpUrl',
    urlFlag: '--smtp-url',
    urlVariable: 'TABLEPICK_SMTP_URL',
    file: 'smtpPasswordFile',
    fileFlag: '--smtp-password-file',
    variable: 'TABLEPICK_SMTP_PASSWORD',
  },
  {
    url: 'paymentUrl',
    urlFlag: '--payment-url',
    urlVariable: 'TABLEPICK_PAYMENT_URL',
    file: 'paymentPasswordFile',
    fileFlag: '--payment-password-file',
    variable: 'TABLEPICK_PAYMENT_PASSWORD',
  },
];

/**
 * Reads secrets from files and variables, and puts them into the options: passwords into their URLs,
 * `--callback-secret-file` into `callbackSecret`. A URL that has a password keeps it, unless a file is named.
 *
 * @throws `BAD_OPTION` for a file that cannot be read, that has no URL to go with, or whose URL cannot be taken apart;
 * `ABORTED`.
 */
export async function resolveSecrets({ stop: { signal } }: CommandContext, command: Command): Promise<void> {
  const known = new Set(command.options.map((option) => option.attributeName()));
  for (const secret of URL_SECRETS.filter(({ file }) => known.has(file))) {
    const password = await passwordOf(secret, command, signal);
    if (password !== undefined) setPassword(secret, command, password);
  }
  const path = command.getOptionValue('callbackSecretFile') as string | undefined;
  if (path === undefined) return;
  command.setOptionValue('callbackSecret', await readSecretFile({ option: '--callback-secret-file', path, signal }));
}

interface Password {
  text: string;
  isFromFile: boolean;
}

async function passwordOf(
  { file, fileFlag, variable }: UrlSecret,
  command: Command,
  signal: AbortSignal,
): Promise<Password | undefined> {
  const path = command.getOptionValue(file) as string | undefined;
  if (path !== undefined) {
    return { text: await readSecretFile({ option: fileFlag, path, signal }), isFromFile: true };
  }
  const text = process.env[variable];
  return text === undefined ? undefined : { text, isFromFile: false };
}

function setPassword(secret: UrlSecret, command: Command, { text, isFromFile }: Password): void {
  const { url, urlFlag, urlVariable, fileFlag } = secret;
  const named = (command.getOptionValue(url) as string | undefined) ?? process.env[urlVariable];
  if (named === undefined) {
    if (!isFromFile) return;
    throw new TablepickError('BAD_OPTION', `${fileFlag} says nothing without ${urlFlag}`, {
      hint: `name the server in ${urlFlag} or ${urlVariable}`,
    });
  }
  // The code that uses the URL refuses it when it cannot be parsed.
  if (!URL.canParse(named)) return;
  const address = new URL(named);
  if (address.password !== '' && !isFromFile) return;
  address.password = encodeURIComponent(text);
  if (address.password === '') {
    throw new TablepickError('BAD_OPTION', `${urlFlag} has no host, so no password can go with it`, {
      hint: 'write it with a host, for example localhost',
    });
  }
  command.setOptionValue(url, address.href);
}
