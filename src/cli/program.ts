import { readFileSync } from 'node:fs';

import { Command, CommanderError } from 'commander';

import { TablepickError } from '../errors.js';
import type { CommandContext, CommandDefinition } from './command.js';
import { type ListedCommand, commandGroups, commandList } from './command-list.js';
import { describeVariables, refuseEmptyVariables } from './environment.js';
import { exitCodes } from './exit-codes.js';
import { withoutHelpWord } from './help-word.js';
import { type CommanderParser, refuseEmpty, toCommanderOption } from './options/to-commander-option.js';
import { resolveSecrets } from './secrets/resolve-secrets.js';

const AFTER_HELP = `
Environment:
${describeVariables()}

Exit codes:
  0 done · 1 failed, also when rows failed · 2 wrong usage · 3 an invariant is broken (verify) · 4 a benchmark regressed
  5 refused, the hint names the next command · 129/130/143 stopped by a closed terminal, Ctrl-C or SIGTERM, can be resumed`;

/**
 * Parses `argv` and runs the command it names.
 *
 * @throws `BAD_OPTION` for anything that no command knows, and whatever the command throws.
 */
export async function runProgram(words: readonly string[], context: CommandContext): Promise<number> {
  const argv = withoutHelpWord(words);
  let exitCode: number = exitCodes.done;
  const program = await buildProgram(argv, async (listed, command) => {
    refuseEmptyVariables(process.env);
    await resolveSecrets(context, command);
    const action = await listed.loadAction();
    exitCode = await action(context, command.opts(), command.processedArgs[0]);
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return endOfParsing(error, argv);
    throw error;
  }
}

type Act = (listed: ListedCommand, command: Command) => Promise<void>;

async function buildProgram(argv: readonly string[], act: Act): Promise<Command> {
  const program = new Command('tablepick')
    .description(
      'For reservation systems on MySQL and MariaDB: slots in bulk, reservations without overbooking, payments that always end with money = seats.',
    )
    .version(readVersion(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', AFTER_HELP)
    .configureOutput({ outputError: () => {} })
    .exitOverride();
  const isWanted = wantedBy(argv);
  const groups = new Map<string, Command>();
  const defined = await Promise.all(
    commandList.map(async (listed) => ({ listed, definition: isWanted(listed) && (await listed.loadDefinition()) })),
  );
  for (const { listed, definition } of defined) {
    const parent = parentOf(listed, program, groups);
    if (definition) addCommand(parent, definition, (command) => act(listed, command));
  }
  return program;
}

function readVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/**
 * The definitions that a command line needs: that of its command, or all of its group. For the help and for an unknown
 * word: those of no group.
 */
function wantedBy(argv: readonly string[]): (listed: ListedCommand) => boolean {
  const named = namedCommand(argv);
  if (named !== undefined) return (listed) => listed === named;
  const group = namedGroup(argv);
  return ({ name }) => (group === undefined ? !name.includes(' ') : name.startsWith(`${group} `));
}

function namedCommand(argv: readonly string[]): ListedCommand | undefined {
  return commandList.find(({ name }) => name.split(' ').every((word, i) => argv[i] === word));
}

function namedGroup([first = '']: readonly string[]): string | undefined {
  return commandGroups[first] === undefined ? undefined : first;
}

function parentOf({ name }: ListedCommand, program: Command, groups: Map<string, Command>): Command {
  const [first = '', second] = name.split(' ');
  if (second === undefined) return program;
  const group = groups.get(first) ?? program.command(first).description(commandGroups[first] ?? '');
  groups.set(first, group);
  return group;
}

function addCommand(
  parent: Command,
  { name, summary, argument, options, examples }: CommandDefinition,
  act: (command: Command) => Promise<void>,
): void {
  const command = parent.command(name.split(' ').at(-1)!).description(summary);
  if (argument !== undefined) {
    const parse = refuseEmpty(argument.name, argument.parse as CommanderParser);
    command.argument(argument.name, argument.description, parse);
  }
  for (const option of options) command.addOption(toCommanderOption(option));
  if (examples !== undefined) command.addHelpText('after', describeExamples(examples));
  command.action(() => act(command));
}

function describeExamples(examples: NonNullable<CommandDefinition['examples']>): string {
  return ['', 'Examples:', ...examples.flatMap(([line, effect]) => [`  $ ${line}`, `    ${effect}`])].join('\n');
}

function endOfParsing(error: CommanderError, argv: readonly string[]): number {
  if (error.code === 'commander.help') return exitCodes.usage;
  if (error.exitCode === 0) return exitCodes.done;
  const message = error.message.replace(/^error: /, '');
  throw new TablepickError('BAD_OPTION', message, { hint: `${commandLineOf(argv)} --help tells what there is` });
}

function commandLineOf(argv: readonly string[]): string {
  const known = namedCommand(argv)?.name ?? namedGroup(argv);
  return known === undefined ? 'tablepick' : `tablepick ${known}`;
}
