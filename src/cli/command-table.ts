import { Option } from 'commander';

import type { SandboxEngine } from '../sandbox/index.js';
import { insertStrategyNames } from '../slots/generation.js';
import { benchCommands } from './bench/bench-commands.js';
import type { CommandEntry } from './command.js';
import { locksCommands } from './locks/locks-commands.js';
import { messagingCommands } from './messages/messaging-commands.js';
import { distributionOptions } from './generate-slots/distribution-options.js';
import { chooseServer, parseCount, parseServer } from './options/option-values.js';
import {
  connectionOptions,
  engineOption,
  insertOptions,
  outputOptions,
  planOptions,
  redisOptions,
} from './options/options.js';
import { reconcileCommands } from './reconcile/reconcile-command.js';
import { paymentDatabaseOptions } from './options/transport-options.js';
import { reservationsCommands } from './reservations/reservations-commands.js';
import { sagaCommands } from './saga/saga-commands.js';
import { serveCommands } from './serve/serve-commands.js';

/** Groups of commands and what each is about. */
export const commandGroups: Readonly<Record<string, string>> = {
  slots: 'look at slots: the plan, and the proof that it is in the table',
  runs: 'generations on record: list, show, resume, adopt, take back',
  sandbox: 'private servers: the database that serves when none is named, a Redis and a Kafka',
  reservations: 'look after reservations: what must hold, and holds that are due',
  saga: 'where reservations stand between seat and money, and what to do when one is stuck',
  outbox: 'what the services have to say to each other: how much waits, and a relay that sends it',
  dlq: 'messages that could not be handled or sent: look at them, send them again, put them aside',
  locks: 'see who waits for whom on which slot',
  bench: 'measure on your own machine and database',
};

const yesOption = (): Option => new Option('--yes', 'do it without asking');

const strategyOption = (description: string): Option =>
  new Option('--strategy <name>', description).choices(['auto', ...insertStrategyNames]);

const listLimitOption = (): Option =>
  new Option('--limit <n>', 'keys to list of each kind').argParser(parseCount('--limit', 0)).default(20);

const runsLimitOption = (): Option =>
  new Option('--limit <n>', 'runs to print').argParser(parseCount('--limit', 1)).default(50);

const runArgument = { name: '<run>', description: 'id of the run, see runs list', parse: parseCount('<run>', 1) };

const generalCommands: CommandEntry[] = [
  {
    path: ['init'],
    summary: 'create or bring up to date the tables in the database',
    options: () => [
      new Option('--print-sql', 'print the statements instead of running them; needs no database'),
      new Option(
        '--payment',
        "the payment service's tables, in its own database, instead of those of slots and reservations",
      ),
      ...paymentDatabaseOptions(),
      ...connectionOptions(),
    ],
    run: async (context, command) => (await import('./database/run-init.js')).initSchema(context, command.opts()),
  },
  {
    path: ['doctor'],
    summary: 'check server, privileges, settings and schema, and say what to do about each finding',
    options: () => [...redisOptions(), ...connectionOptions()],
    run: async (context, command) => (await import('./database/run-doctor.js')).runDoctor(context, command.opts()),
  },
  {
    path: ['generate-slots'],
    summary: 'put the slots of a month (or any range of dates) into the table; resumes where it was stopped',
    options: () => [
      new Option(
        '--demo [n]',
        'first fill an empty database with n demo restaurants of 16 hourly slots a day (n: 10,390)',
      ).argParser(parseCount('--demo', 1)),
      ...planOptions(),
      strategyOption('how rows go in; auto takes the fastest the server allows').default('auto'),
      ...insertOptions(),
      new Option('--dry-run', 'tell what would happen; reads only'),
      new Option('--resume', 'go on with an unfinished run of the same slots, else start one (this is the default)'),
      new Option('--restart', 'start a new run although one of the same slots exists').conflicts('resume'),
      ...distributionOptions(),
      ...connectionOptions(),
    ],
    examples: [
      [
        'tablepick generate-slots --demo',
        "next month's 16 hourly slots a day of 10,390 demo restaurants, on the sandbox",
      ],
      [
        'tablepick generate-slots --month 2026-12 --url mysql://app@db.example/reservations',
        'a month on your own server',
      ],
      ['tablepick generate-slots --from 2026-12-24 --days 3 --restaurants 1,2,5-9 --dry-run', 'what would be missing'],
      ['tablepick generate-slots --worker', 'on each of your machines: do what --distribute hands out'],
    ],
    run: async (context, command) =>
      (await import('./generate-slots/run-generate-slots.js')).generateSlotsCommand(context, command.opts()),
  },
];

const slotsCommands: CommandEntry[] = [
  {
    path: ['slots', 'plan'],
    summary: 'print how many slots the rules ask for, with checksums',
    options: () => [
      ...planOptions(),
      new Option('--by <what>', 'one line a day, or one a restaurant').choices(['day', 'restaurant']).default('day'),
      ...connectionOptions(),
    ],
    run: async (context, command) => (await import('./slots/run-slots-plan.js')).printPlan(context, command.opts()),
  },
  {
    path: ['slots', 'verify'],
    summary: 'prove that exactly the planned slots are in the table; exit code 3 when not',
    options: () => [
      ...planOptions('those of the latest run, by its own rules'),
      listLimitOption(),
      ...connectionOptions(),
    ],
    run: async (context, command) => (await import('./slots/run-slots-verify.js')).verifyPlan(context, command.opts()),
  },
];

const runsCommands: CommandEntry[] = [
  {
    path: ['runs', 'list'],
    summary: 'print the runs on record, newest first',
    options: () => [runsLimitOption(), ...connectionOptions()],
    run: async (context, command) => (await import('./runs/run-runs-list.js')).printRuns(context, command.opts()),
  },
  {
    path: ['runs', 'show'],
    argument: runArgument,
    summary: 'print one run: range, strategy, progress, rows that failed',
    options: connectionOptions,
    run: async (context, command) =>
      (await import('./runs/run-runs-show.js')).printRun(context, runIdOf(command), command.opts()),
  },
  {
    path: ['runs', 'resume'],
    argument: runArgument,
    summary: 'go on with a stopped run where it stopped',
    options: () => [
      strategyOption('how the rest goes in (default: as the run began)'),
      ...insertOptions(),
      ...connectionOptions(),
    ],
    run: async (context, command) =>
      (await import('./runs/run-runs-resume.js')).resumeRunCommand(context, runIdOf(command), command.opts()),
  },
  {
    path: ['runs', 'adopt'],
    argument: runArgument,
    summary:
      'let a run go on, or be taken back, in a table that was rebuilt (OPTIMIZE TABLE), once its rows are proved',
    options: connectionOptions,
    run: async (context, command) =>
      (await import('./runs/run-runs-adopt.js')).adoptRunCommand(context, runIdOf(command), command.opts()),
  },
  {
    path: ['runs', 'rollback'],
    argument: runArgument,
    summary: 'remove exactly the slots a run inserted, except those that carry a reservation',
    options: () => [
      new Option('--dry-run', 'tell what would be removed; reads only'),
      yesOption(),
      listLimitOption(),
      ...connectionOptions(),
    ],
    run: async (context, command) =>
      (await import('./runs/run-runs-rollback.js')).rollbackRunCommand(context, runIdOf(command), command.opts()),
  },
];

function runIdOf(command: { processedArgs: unknown[] }): number {
  return command.processedArgs[0] as number;
}

const sandboxOptions = (): Option[] => [engineOption(), ...outputOptions()];

const serverArgument = {
  name: '[server]',
  description: 'mysql, mariadb, redis or kafka (default: the database that is there already)',
  parse: parseServer,
};

type NamedServer = { engine?: SandboxEngine | undefined };

function sandboxOptionsOf(command: { processedArgs: unknown[]; opts(): NamedServer }): NamedServer {
  const options = command.opts();
  return { ...options, engine: chooseServer(command.processedArgs[0] as SandboxEngine | undefined, options) };
}

const sandboxCommands: CommandEntry[] = [
  {
    path: ['sandbox', 'up'],
    argument: serverArgument,
    summary: 'start the sandbox and leave it up',
    options: sandboxOptions,
    run: async (context, command) =>
      (await import('./sandbox/run-sandbox.js')).upSandbox(context, sandboxOptionsOf(command)),
  },
  {
    path: ['sandbox', 'down'],
    argument: serverArgument,
    summary: 'stop the sandbox; data stays, but for that of redis, which keeps none',
    options: sandboxOptions,
    run: async (context, command) =>
      (await import('./sandbox/run-sandbox.js')).downSandbox(context, sandboxOptionsOf(command)),
  },
  {
    path: ['sandbox', 'status'],
    argument: serverArgument,
    summary: 'print engine, version, state and folders of the sandbox',
    options: sandboxOptions,
    run: async (context, command) =>
      (await import('./sandbox/run-sandbox.js')).printSandbox(context, sandboxOptionsOf(command)),
  },
  {
    path: ['sandbox', 'url'],
    argument: serverArgument,
    summary: 'print the URL of a sandbox that is up, with its password',
    options: sandboxOptions,
    run: async (context, command) =>
      (await import('./sandbox/run-sandbox.js')).printSandboxUrl(context, sandboxOptionsOf(command)),
  },
  {
    path: ['sandbox', 'reset'],
    argument: serverArgument,
    summary: 'stop the sandbox and delete its data',
    options: () => [yesOption(), ...sandboxOptions()],
    run: async (context, command) =>
      (await import('./sandbox/run-sandbox.js')).resetSandbox(context, sandboxOptionsOf(command)),
  },
];

/** Every command of `tablepick`, in the order of its help. */
export const commandTable: readonly CommandEntry[] = [
  ...generalCommands,
  ...slotsCommands,
  ...runsCommands,
  ...reservationsCommands,
  ...serveCommands,
  ...sagaCommands,
  ...reconcileCommands,
  ...messagingCommands,
  ...sandboxCommands,
  ...locksCommands,
  ...benchCommands,
];
