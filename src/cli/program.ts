import { readFileSync } from 'node:fs';

import { Command, CommanderError, type Option } from 'commander';

import { TablepickError } from '../errors.js';
import type { CommandContext, CommandEntry } from './command.js';
import { commandGroups, commandTable } from './command-table.js';
import { describeVariables, emptyOption, refuseEmptyVariables } from './environment.js';
import { exitCodes } from './exit-codes.js';
import { resolveSecrets } from './secrets/resolve-secrets.js';
import { withoutHelpWord } from './help-word.js';

const AFTER_HELP = `
Environment:
${describeVariables()}

Exit codes:
  0 done · 1 failed, also when rows failed · 2 wrong usage · 3 an invariant is broken (verify) · 4 a benchmark regressed
  5 refused, the hint names the next command · 129/130/143 stopped by a closed terminal, Ctrl-C or SIGTERM, can be resumed`;

/**
 * Parses `argv` and runs the command it names.
 *
 * @throws `BAD_OPTION` for anything the table does not know, and whatever the command throws.
 */
export async function runProgram(words: readonly string[], context: CommandContext): Promise<number> {
  const argv = withoutHelpWord(words);
  let exitCode: number = exitCodes.done;
  const program = buildProgram(async (entry, command) => {
    refuseEmptyVariables(process.env);
    await resolveSecrets(context, command);
    exitCode = await entry.run(context, command);
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return endOfParsing(error, argv);
    throw error;
  }
}

type Act = (entry: CommandEntry, command: Command) => Promise<void>;

function buildProgram(act: Act): Command {
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
  const groups = new Map<string, Command>();
  for (const entry of commandTable) addEntry(parentOf(entry, program, groups), entry, act);
  return program;
}

function readVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function parentOf(entry: CommandEntry, program: Command, groups: Map<string, Command>): Command {
  if (entry.path.length === 1) return program;
  const [name] = entry.path;
  const group = groups.get(name) ?? program.command(name).description(commandGroups[name] ?? '');
  groups.set(name, group);
  return group;
}

function addEntry(parent: Command, entry: CommandEntry, act: Act): void {
  const command = parent.command(entry.path.at(-1) ?? '').description(entry.summary);
  if (entry.argument !== undefined) {
    command.argument(
      entry.argument.name,
      entry.argument.description,
      notEmpty(entry.argument.name, entry.argument.parse),
    );
  }
  for (const option of entry.options()) command.addOption(refuseEmpty(option));
  if (entry.examples !== undefined) command.addHelpText('after', describeExamples(entry.examples));
  command.action(() => act(entry, command));
}

type Parse = (text: string, before: unknown) => unknown;

/** In one place for all options of all commands: an empty value is never taken for none. */
function refuseEmpty(option: Option): Option {
  if (!option.required && !option.optional) return option;
  return option.argParser(notEmpty(option.long ?? option.flags, option.parseArg as Parse | undefined));
}

function notEmpty(name: string, parse: Parse = (text) => text): Parse {
  return (text, before) => {
    if (text.trim() === '') throw emptyOption(name);
    return parse(text, before);
  };
}

function describeExamples(examples: NonNullable<CommandEntry['examples']>): string {
  return ['', 'Examples:', ...examples.flatMap(([line, effect]) => [`  $ ${line}`, `    ${effect}`])].join('\n');
}

function endOfParsing(error: CommanderError, argv: readonly string[]): number {
  if (error.code === 'commander.help') return exitCodes.usage;
  if (error.exitCode === 0) return exitCodes.done;
  const message = error.message.replace(/^error: /, '');
  throw new TablepickError('BAD_OPTION', message, { hint: `${commandLineOf(argv)} --help tells what there is` });
}

function commandLineOf(argv: readonly string[]): string {
  const known = commandTable.map(({ path }) => path).find((path) => path.every((word, i) => argv[i] === word));
  const group = commandGroups[argv[0] ?? ''] === undefined ? [] : [argv[0]];
  return ['tablepick', ...(known ?? group)].join(' ');
}
