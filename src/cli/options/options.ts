import { Option } from 'commander';

import { parseCount, parseRestaurants, parseWorkers } from './option-values.js';
import { urlPasswordFileOption } from '../secrets/resolve-secrets.js';

/** Options that every command has. */
export interface OutputOptions {
  json?: true;
  quiet?: true;
}

/** Options that say which database a command works on. */
export interface ConnectionOptions extends OutputOptions {
  url?: string;
  passwordFile?: string;
  passwordPrompt?: true;
  sslMode?: 'DISABLED' | 'PREFERRED' | 'REQUIRED' | 'VERIFY_CA' | 'VERIFY_IDENTITY';
  sslCa?: string;
  engine?: 'mysql' | 'mariadb';
  /** No flag: true for a command that writes, so that a replica is refused before anything else is done. */
  mustWrite?: boolean;
}

/** Options that say which slots are meant: dates, restaurants and the overnight rule. */
export interface PlanOptions {
  month?: string;
  from?: string;
  to?: string;
  days?: number;
  restaurants?: number[] | { from: number; to: number };
  /** Default `next-day`. */
  overnight?: 'next-day' | 'clamp-to-22';
}

/** Options that say how slots are put in. */
export interface InsertOptions {
  batchRows: number;
  workers: number | 'auto';
  verify: boolean;
}

/** `--json` and `--quiet`. */
export function outputOptions(): Option[] {
  return [
    new Option('--json', 'print exactly one JSON object on stdout, also for an error'),
    new Option('--quiet', 'no notes and no progress on stderr; errors are still told'),
  ];
}

/** `--engine` alone, for the commands about the sandbox. */
export function engineOption(): Option {
  return new Option('--engine <name>', "the sandbox's engine (default: what is there already)").choices([
    'mysql',
    'mariadb',
  ]);
}

/** `--redis-url`, which {@link redisUrlOf} reads, and the file of its password. */
export function redisOptions(): Option[] {
  return [
    new Option('--redis-url <url>', 'redis://host:port for locks and flags (default: $TABLEPICK_REDIS_URL, else none)'),
    urlPasswordFileOption('redisUrl'),
  ];
}

/** The Redis that `--redis-url` or TABLEPICK_REDIS_URL names. */
export function redisUrlOf({ redisUrl }: { redisUrl?: string }): string | undefined {
  return redisUrl ?? process.env.TABLEPICK_REDIS_URL;
}

/** What a service creates reservations with: the Redis that is named, and flags for full slots on it; nothing where none is. */
export function redisSettings(options: { redisUrl?: string }): { redisUrl?: string; soldOutFlag?: object } {
  const redisUrl = redisUrlOf(options);
  return redisUrl === undefined ? {} : { redisUrl, soldOutFlag: {} };
}

/** As {@link redisSettings}, for a command that runs once: its process has just begun, nobody queues behind it, and a flag has no second chance. */
export function patientRedisSettings(options: { redisUrl?: string }): ReturnType<typeof redisSettings> & {
  redisTimeoutMs: number;
} {
  return { ...redisSettings(options), redisTimeoutMs: 2000 };
}

/** Options of {@link ConnectionOptions}. */
export function connectionOptions(): Option[] {
  return [
    new Option('--url <url>', 'mysql://user@host:port/database (default: $TABLEPICK_DATABASE_URL, else the sandbox)'),
    new Option('--password-file <file>', 'read the password from the first line of a file').conflicts('passwordPrompt'),
    new Option('--password-prompt', 'ask for the password on the terminal'),
    new Option('--ssl-mode <mode>', 'TLS to the server (default: as the URL says)').choices([
      'DISABLED',
      'PREFERRED',
      'REQUIRED',
      'VERIFY_CA',
      'VERIFY_IDENTITY',
    ]),
    new Option('--ssl-ca <file>', 'PEM file of the authority that signed the server certificate'),
    engineOption().conflicts('url'),
    ...outputOptions(),
  ];
}

/** Options of {@link PlanOptions}. */
export function planOptions(defaultDates = 'the next calendar month, UTC'): Option[] {
  return [
    new Option('--month <yyyy-mm>', `all dates of a month (default: ${defaultDates})`).conflicts([
      'from',
      'to',
      'days',
    ]),
    new Option('--from <yyyy-mm-dd>', 'first date'),
    new Option('--to <yyyy-mm-dd>', 'last date, with --from').conflicts('days'),
    new Option('--days <n>', 'number of dates, with --from (default: 1)').argParser(parseCount('--days', 1)),
    new Option('--restaurants <ids>', 'ids and ranges, 1,2,5-9 (default: all)').argParser(parseRestaurants),
    new Option(
      '--overnight <rule>',
      'closing before opening: on the next day, the default, or cut off at 22:00',
    ).choices(['next-day', 'clamp-to-22']),
  ];
}

/** Options of {@link InsertOptions}. */
export function insertOptions(): Option[] {
  return [
    batchRowsOption(),
    workersOption(),
    new Option('--no-verify', 'leave out the proof at the end (planned = present = distinct)'),
  ];
}

/** How many rows the strategy `batch` puts into one statement. */
export function batchRowsOption(): Option {
  return new Option('--batch-rows <n>', 'rows of one multi-row INSERT; fewer when the packet limit asks for it')
    .argParser(parseCount('--batch-rows', 1))
    .default(3000);
}

/** Takes `auto` or a number of connections. */
export function workersOption(): Option {
  return new Option('--workers <n>', "connections that insert at once; auto: from the server's cores and limits")
    .argParser(parseWorkers)
    .default('auto');
}
