import { TablepickError } from '../errors.js';
import { commandGroups, commandList } from './command-list.js';

/**
 * Translates `help`, `help bench` and `help bench locks` into commander's form, with `--help` at the end. `bench help
 * locks` means the same. Every other command line stays as it is.
 *
 * @throws `BAD_OPTION` when there is no such command.
 */
export function withoutHelpWord(words: readonly string[]): readonly string[] {
  const at = words.indexOf('help');
  if (at < 0 || at > 1 || (at === 1 && commandGroups[words[0]!] === undefined)) return words;
  const path = words.filter((word, index) => index !== at && !word.startsWith('-'));
  if (!isCommand(path)) {
    throw new TablepickError('BAD_OPTION', `there is no command '${path.join(' ')}'`, {
      hint: 'tablepick help tells which there are',
    });
  }
  return [...path, '--help'];
}

function isCommand(path: readonly string[]): boolean {
  const isGroup = path.length === 1 && commandGroups[path[0]!] !== undefined;
  return path.length === 0 || isGroup || commandList.some(({ name }) => name === path.join(' '));
}
