import type { ArgumentDefinition, OptionDefinition, OptionsOf } from './options/define-option.js';
import type { Output } from './output/output.js';
import type { StopSignals } from './stop-signals.js';

/** The context of every command, beside its own options. */
export interface CommandContext {
  output: Output;
  stop: StopSignals;
}

/** One command as its help describes it. Its action is in a module of its own, which is loaded when it runs. */
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
  /** Whole command lines, each with its description. */
  examples?: readonly (readonly [line: string, effect: string])[];
}

/** Returns the definition with the types that follow from it. */
export function defineCommand<
  const Name extends string,
  const Options extends readonly OptionDefinition[],
  Argument = undefined,
>(definition: CommandDefinition<Name, Options, Argument>): CommandDefinition<Name, Options, Argument> {
  return definition;
}

/** The options of a command by its definition. */
export type OptionsOfCommand<Definition extends CommandDefinition> = OptionsOf<Definition['options']>;

/** The argument of a command by its definition. */
export type ArgumentOfCommand<Definition extends CommandDefinition> =
  Definition extends CommandDefinition<string, readonly OptionDefinition[], infer Argument> ? Argument : never;

/** The action of a command; resolves with the exit code. */
export type CommandAction<Definition extends CommandDefinition> = (
  context: CommandContext,
  options: OptionsOfCommand<Definition>,
  argument: ArgumentOfCommand<Definition>,
) => Promise<number>;
