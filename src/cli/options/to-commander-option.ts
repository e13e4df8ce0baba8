import { Option } from 'commander';

import { emptyOption } from '../environment.js';
import type { OptionDefinition } from './define-option.js';

/** How commander calls a parser; `before` is what the same argument gave so far. */
export type CommanderParser = (text: string, before: unknown) => unknown;

/**
 * The option as commander takes it. An empty value is refused for all options of all commands: it is never taken for
 * none.
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

/**
 * `parse` for texts that say something; the option or argument `name` is refused with `BAD_OPTION` when it is given and
 * empty.
 */
export function refuseEmpty(name: string, parse: CommanderParser = (text) => text): CommanderParser {
  return (text, before) => {
    if (text.trim() === '') throw emptyOption(name);
    return parse(text, before);
  };
}
