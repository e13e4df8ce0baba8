/** What an option may say beside its flags and its description. */
export interface OptionSettings {
  /** Reads the text that the user gave; throws `BAD_OPTION` when it cannot be meant. */
  parse?: (text: string) => unknown;
  /** The only texts that are taken. */
  choices?: readonly string[];
  /** What the command is given when the user gives nothing. */
  default?: unknown;
  /** The default in the words of the help; without it the help shows the value. */
  defaultText?: string;
  /** Names of options that cannot stand beside this one, as the command finds them: `sampleRows`. */
  conflicts?: string | readonly string[];
  /** The command does not run without it. */
  mandatory?: true;
}

/**
 * One option of a command. `Found` is what the command finds when the command line is read: `{ hotShare?: number }`. It
 * is derived from the definition, so that no list of names beside it can be wrong.
 */
export interface OptionDefinition<Found extends object = object> {
  /** `--rows <n>`, `--peers [names]`, `--json` or `--no-wait`. */
  readonly flags: string;
  readonly description: string;
  readonly settings: OptionSettings;
  /** For the compiler only. */
  readonly found?: Found;
}

/** `hot-share` as commander names it, `hotShare`. */
type CamelCase<Words extends string> = Words extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Words;

type NameOf<Flags extends string> = Flags extends `--no-${infer Name}`
  ? CamelCase<Name>
  : Flags extends `--${infer Name} ${string}`
    ? CamelCase<Name>
    : Flags extends `--${infer Name}`
      ? CamelCase<Name>
      : never;

type GivenValue<Settings> = Settings extends { choices: readonly (infer Choice)[] }
  ? Choice
  : Settings extends { parse: (text: string) => infer Value }
    ? Value
    : string;

type ValueOf<Flags extends string, Settings> = Flags extends `--no-${string}`
  ? boolean
  : Flags extends `${string}<${string}`
    ? GivenValue<Settings>
    : Flags extends `${string}[${string}`
      ? GivenValue<Settings> | true
      : true;

type IsAlwaysThere<Flags extends string, Settings> = Flags extends `--no-${string}`
  ? true
  : Settings extends { default: unknown } | { mandatory: true }
    ? true
    : false;

/** What a command finds of an option with these flags and settings. */
export type FoundBy<Flags extends string, Settings> =
  IsAlwaysThere<Flags, Settings> extends true
    ? { [Name in NameOf<Flags>]: ValueOf<Flags, Settings> }
    : { [Name in NameOf<Flags>]?: ValueOf<Flags, Settings> };

type Nothing = Record<never, never>;

/** An option by its flags, `--rows <n>`; a default must be of the type that the option gives. */
export function option<const Flags extends `--${string}`, const Settings extends OptionSettings = Nothing>(
  flags: Flags,
  description: string,
  settings?: Settings & { default?: GivenValue<Settings> },
): OptionDefinition<FoundBy<Flags, Settings>> {
  return { flags, description, settings: settings ?? {} };
}

type Together<Found> = (Found extends unknown ? (found: Found) => void : never) extends (all: infer All) => void
  ? { [Name in keyof All]: All[Name] }
  : never;

/** What a command finds of a list of options. */
export type OptionsOf<Options extends readonly OptionDefinition[]> = Together<NonNullable<Options[number]['found']>>;

/** The positional argument of a command; `Found` is what the command finds. */
export interface ArgumentDefinition<Found = unknown> {
  /** In commander's notation: `<run>`, `[server]` or `<service...>`. */
  readonly name: string;
  readonly description: string;
  /** For `<service...>` it is given what the words before gave. */
  readonly parse: (text: string, before: never) => unknown;
  /** For the compiler only. */
  readonly found?: Found;
}

/** An argument by its name in commander's notation; one in square brackets may be left out. */
export function argument<const Name extends string, Value>(
  name: Name,
  description: string,
  parse: (text: string, before: never) => Value,
): ArgumentDefinition<Name extends `[${string}` ? Value | undefined : Value> {
  return { name, description, parse };
}
