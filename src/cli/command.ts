import type { ArgumentDefinition, OptionDefinition, OptionsOf } from './options/define-option.js';
import type { Output } from './output/output.js';
import type { StopSignals } from './stop-signals.js';

/** What every command is given beside its own options. */
export interface CommandContext {
  output: Output;
  stop: StopSignals;
}

/** One command as its help tells it. What it does is in a module of its own, which is loaded when it runs. */
export interface CommandDefinition<
  Name extends string = string,
  Options extends readonly OptionDefinition[] = readonly OptionDefinition[],
  Argument = unknown,
> {
  /** As the user types it, `init` or `runs list`. */
  name: Name;
  summary: string;
  argument?: ArgumentDefinition<Argument>;
  options: Options;
  /** Whole command lines, each with what it does. */
  examples?: readonly (readonly [line: string, effect: string])[];
}

/** The definition with the types that follow from it. */
export function defineCommand<
  const Name extends string,
  const Options extends readonly OptionDefinition[],
  Argument = undefined,
>(definition: CommandDefinition<Name, Options, Argument>): CommandDefinition<Name, Options, Argument> {
  return definition;
}

/** The options that a command is run with, as its definition says. */
export type OptionsOfCommand<Definition extends CommandDefinition> = OptionsOf<Definition['options']>;

/** The argument that a command is run with, as its definition says. */
export type ArgumentOfCommand<Definition extends CommandDefinition> =
  Definition extends CommandDefinition<string, readonly OptionDefinition[], infer Argument> ? Argument : never;

/** What a command does; resolves with the exit code. */
export type CommandAction<Definition extends CommandDefinition> = (
  context: CommandContext,
  options: OptionsOfCommand<Definition>,
  argument: ArgumentOfCommand<Definition>,
) => Promise<number>;
