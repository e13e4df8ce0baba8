import { type OptionsOf, option } from './define-option.js';

/** Options that every command has. */
export const outputOptions = [
  option('--json', 'print exactly one JSON object on stdout, also for an error'),
  option('--quiet', 'no notes and no progress on stderr; errors are still told'),
] as const;

/** The values of {@link outputOptions}. */
export type OutputOptions = OptionsOf<typeof outputOptions>;

const WHICH_ENGINE = "the sandbox's engine (default: what is there already)";

/** `--engine` alone, for the commands about the sandbox. */
export const engineOption = option('--engine <name>', WHICH_ENGINE, { choices: ['mysql', 'mariadb'] });

/** Options that say which database a command works on. */
export const connectionOptions = [
  option('--url <url>', 'mysql://user@host:port/database (default: $TABLEPICK_DATABASE_URL, else the sandbox)'),
  option('--password-file <file>', 'read the password from the first line of a file', { conflicts: 'passwordPrompt' }),
  option('--password-prompt', 'ask for the password on the terminal'),
  option('--ssl-mode <mode>', 'TLS to the server (default: as the URL says)', {
    choices: ['DISABLED', 'PREFERRED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'],
  }),
  option('--ssl-ca <file>', 'PEM file of the authority that signed the server certificate'),
  option('--engine <name>', WHICH_ENGINE, { choices: ['mysql', 'mariadb'], conflicts: 'url' }),
  ...outputOptions,
] as const;

/** The values of {@link connectionOptions}. */
export type ConnectionOptions = OptionsOf<typeof connectionOptions>;
