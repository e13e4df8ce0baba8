/** Settings of an option beside its flags and its description. */
export interface OptionSettings {
  /** Reads the user's text; throws `BAD_OPTION` when the text has no meaning. */
  parse?: (text: string) => unknown;
  /** The only texts that are accepted. */
  choices?: readonly string[];
  /** The value when the user gives none. */
  default?: unknown;
  /** The default in the words of the help. Without it, the help shows the value. */
  defaultText?: string;
  /** Options that exclude this one, by the names that the command sees: `sampleRows`. */
  conflicts?: string | readonly string[];
  /** The command does not run without it. */
  mandatory?: true;
}

/**
 * One option of a command. `Found` is the type that the command gets: `{ hotShare?: number }`. It is derived from the
 * definition, so that no separate list of names can be wrong.
 */
export interface OptionDefinition<Found extends object = object> {
  /** `--rows <n>`, `--peers [names]`, `--json` or `--no-wait`. */
  readonly flags: string;
  readonly description: string;
  readonly settings: OptionSettings;
  /** For the compiler only. */
  readonly found?: Found;
}

/** `hot-share` in commander's form, `hotShare`. */
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

/** The type that a command gets for an option with these flags and settings. */
export type FoundBy<Flags extends string, Settings> =
  IsAlwaysThere<Flags, Settings> extends true
    ? { [Name in NameOf<Flags>]: ValueOf<Flags, Settings> }
    : { [Name in NameOf<Flags>]?: ValueOf<Flags, Settings> };

type Nothing = Record<never, never>;

/** An option by its flags, `--rows <n>`. Its default must have the type of its value. */
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

/** The type that a command gets for a list of options. */
export type OptionsOf<Options extends readonly OptionDefinition[]> = Together<NonNullable<Options[number]['found']>>;

/** The positional argument of a command. `Found` is the type that the command gets. */
export interface ArgumentDefinition<Found = unknown> {
  /** In commander's notation: `<run>`, `[server]` or `<service...>`. */
  readonly name: string;
  readonly description: string;
  /** For `<service...>`, `before` is the result for the earlier words. */
  readonly parse: (text: string, before: never) => unknown;
  /** For the compiler only. */
  readonly found?: Found;
}

/** An argument by its name in commander's notation. An argument in square brackets may be left out. */
export function argument<const Name extends string, Value>(
  name: Name,
  description: string,
  parse: (text: string, before: never) => Value,
): ArgumentDefinition<Name extends `[${string}` ? Value | undefined : Value> {
  return { name, description, parse };
}
