import { Option } from 'commander';

import { emptyOption } from '../environment.js';
import type { OptionDefinition } from './define-option.js';

/** A parser as commander calls it; `before` is the result for the same argument so far. */
export type CommanderParser = (text: string, before: unknown) => unknown;

/**
 * The option in commander's form. An empty value is refused for all options of all commands: it never means that the
 * option is missing.
 */
export function toCommanderOption({ flags, description, settings }: OptionDefinition): Option {
  const made = new Option(flags, description);
  if (settings.choices !== undefined) made.choices(settings.choices);
  if (settings.parse !== undefined) made.argParser(settings.parse);
  if (settings.default !== undefined) made.default(settings.default, settings.defaultText);
  if (settings.conflicts !== undefined) made.conflicts([settings.conflicts].flat());
  if (settings.mandatory) made.makeOptionMandatory();
  if (!made.required && !made.optional) return made;
  return made.argParser(refuseEmpty(made.long ?? flags, made.parseArg as CommanderParser | undefined));
}

/** Wraps `parse`. When the option or argument `name` is given but empty, it is refused with `BAD_OPTION`. */
export function refuseEmpty(name: string, parse: CommanderParser = (text) => text): CommanderParser {
  return (text, before) => {
    if (text.trim() === '') throw emptyOption(name);
    return parse(text, before);
  };
}
