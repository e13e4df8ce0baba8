import type { Option } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { CommandContext, CommandDefinition } from './command.js';
import { commandGroups, commandList } from './command-list.js';
import { variables } from './environment.js';
import { toCommanderOption } from './options/to-commander-option.js';
import { runProgram } from './program.js';

const context = { stop: { signal: new AbortController().signal } } as unknown as CommandContext;

const definitions = await Promise.all(commandList.map(({ loadDefinition }) => loadDefinition()));

const commands = definitions.map((definition) => [definition.name, definition] as const);

/** The options of a command as commander takes them. */
function optionsOf({ options }: CommandDefinition): Option[] {
  return options.map(toCommanderOption);
}

/** What a command line printed, and its exit code. */
async function run(...words: string[]): Promise<{ code: number; printed: string }> {
  let printed = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    return { code: await runProgram(words, context), printed };
  } finally {
    write.mockRestore();
  }
}

describe('an empty value is refused by name, never taken for none', () => {
  it.each(commands)('by %s, of every option', async (name, definition) => {
    for (const option of optionsOf(definition).filter(({ required, optional }) => required || optional)) {
      for (const empty of ['', ' ', '\t\n']) {
        await expect(runProgram([...name.split(' '), `${option.long}=${empty}`], context)).rejects.toMatchObject({
          code: 'BAD_OPTION',
          message: `${option.long} is empty`,
          hint: expect.any(String) as string,
        });
      }
    }
  });

  it.each(commands.filter(([, { argument }]) => argument !== undefined))('by %s, of its argument', async (name) => {
    await expect(runProgram([...name.split(' '), ' '], context)).rejects.toMatchObject({
      message: expect.stringMatching(/is empty|--note|--member/) as string,
    });
  });

  describe('of a variable', () => {
    afterEach(() => vi.unstubAllEnvs());

    it.each(Object.keys(variables))('%s', async (name) => {
      vi.stubEnv(name, ' ');
      await expect(runProgram(['slots', 'plan'], context)).rejects.toMatchObject({
        code: 'BAD_OPTION',
        message: `${name} is empty`,
      });
    });
  });
});

describe('the definition', () => {
  it.each(commands)('of %s names only options that it has as those it cannot stand beside', (_name, definition) => {
    const names = optionsOf(definition).map((option) => option.attributeName());
    expect(new Set(names).size).toBe(names.length);
    for (const { settings } of definition.options) {
      for (const name of [settings.conflicts ?? []].flat()) expect(names).toContain(name);
    }
  });
});

describe('a secret need not stand in a command line', () => {
  it.each(commands)('of %s', (_name, definition) => {
    const flags = optionsOf(definition).map(({ long }) => long);
    const wanted: Record<string, string> = {
      '--url': '--password-file',
      '--payment-url': '--payment-password-file',
      '--redis-url': '--redis-password-file',
      '--smtp-url': '--smtp-password-file',
      '--callback-secret': '--callback-secret-file',
      '--kafka-user': '--kafka-password-file',
    };
    for (const [flag, file] of Object.entries(wanted)) {
      if (flags.includes(flag)) expect(flags).toContain(file);
    }
    const secrets = flags.filter((flag) => /password|secret/.test(flag ?? '') && !/-file$|-prompt$/.test(flag ?? ''));
    for (const flag of secrets) expect(wanted).toHaveProperty(flag!);
  });
});

describe('help', () => {
  beforeEach(() => vi.stubEnv('COLUMNS', '100'));
  afterEach(() => vi.unstubAllEnvs());

  it.each(commands)('of %s in each way it may be asked for', async (name) => {
    const path = name.split(' ');
    const wanted = await run(...path, '--help');
    expect(wanted).toMatchObject({ code: 0, printed: expect.stringContaining(`Usage: tablepick ${name}`) as string });
    expect(await run(...path, '-h')).toEqual(wanted);
    expect(await run('help', ...path)).toEqual(wanted);
    if (path.length === 2) expect(await run(path[0]!, 'help', path[1]!)).toEqual(wanted);
  });

  it.each(Object.keys(commandGroups))('of the group %s', async (group) => {
    const wanted = await run(group, '--help');
    expect(wanted).toMatchObject({ code: 0, printed: expect.stringContaining(`Usage: tablepick ${group}`) as string });
    expect(await run('help', group)).toEqual(wanted);
    expect(await run(group, 'help')).toEqual(wanted);
  });

  it('of the whole, and the version', async () => {
    const wanted = await run('--help');
    expect(wanted.code).toBe(0);
    for (const name of Object.keys(variables)) expect(wanted.printed).toContain(name);
    expect(await run('-h')).toEqual(wanted);
    expect(await run('help')).toEqual(wanted);
    expect(await run('-v')).toEqual(await run('--version'));
  });

  it.each([
    [['help', 'nothing'], /no command 'nothing'/],
    [['help', 'bench', 'lokcs'], /no command 'bench lokcs'/],
    [['bench', 'lokcs'], /unknown command 'lokcs'.*Did you mean locks/s],
    [['serv', 'payment'], /unknown command 'serv'.*Did you mean serve/s],
  ])('of %j is refused', async (words, message) => {
    await expect(runProgram(words, context)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringMatching(message) as string,
    });
  });
});
