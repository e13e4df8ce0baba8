import { expect, expectTypeOf, it } from 'vitest';

import { type ArgumentOfCommand, type CommandAction, type OptionsOfCommand, defineCommand } from '../command.js';
import { argument, option } from './define-option.js';
import { countOption, durationOption, shareOption } from './number-options.js';
import { toCommanderOption } from './to-commander-option.js';

const definition = defineCommand({
  name: 'try it',
  summary: 'for the test',
  argument: argument('[ids]', 'which', (text) => text.split(',').map(Number)),
  options: [
    option('--hot-name <text>', 'a text'),
    option('--out <dir>', 'a text with a default', { default: 'reports' }),
    option('--note <text>', 'a text that must be given', { mandatory: true }),
    option('--json', 'a flag'),
    option('--no-wait', 'a flag that is on without it'),
    option('--peers [names]', 'with or without a value', { parse: (text: string) => text.split(',') }),
    option('--by <what>', 'one of a few', { choices: ['day', 'restaurant'], default: 'day' }),
    countOption('--batch-rows <n>', 'a whole number', { least: 2 }),
    durationOption('--for <duration>', 'a duration', { default: 1000, defaultText: '1s' }),
    shareOption('--fail-rate <share>', 'a share'),
  ],
});

interface Wanted {
  hotName?: string;
  out: string;
  note: string;
  json?: true;
  wait: boolean;
  peers?: true | string[];
  by: 'day' | 'restaurant';
  batchRows?: number;
  for: number;
  failRate: number;
}

it('what a command finds follows from its definition', () => {
  expectTypeOf<OptionsOfCommand<typeof definition>>().toEqualTypeOf<Wanted>();
  expectTypeOf<ArgumentOfCommand<typeof definition>>().toEqualTypeOf<number[] | undefined>();
  expectTypeOf<(context: never, options: { hotNam: string }) => Promise<number>>().not.toExtend<
    CommandAction<typeof definition>
  >();
});

it('a default that the option cannot give does not compile', () => {
  // @ts-expect-error 'week' is no choice
  option('--by <what>', 'one of a few', { choices: ['day', 'restaurant'], default: 'week' });
  // @ts-expect-error a number is read
  option('--n <n>', 'a number', { parse: Number, default: 'many' });
});

it('commander names each option as its type does', () => {
  const names = definition.options.map((each) => toCommanderOption(each).attributeName());
  const wanted: Record<keyof Wanted, true> = {
    hotName: true,
    out: true,
    note: true,
    json: true,
    wait: true,
    peers: true,
    by: true,
    batchRows: true,
    for: true,
    failRate: true,
  };
  expect(names).toEqual(Object.keys(wanted));
});
