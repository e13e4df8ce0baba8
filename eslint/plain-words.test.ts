import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

/** Metaphors that this project's code once had, each with the field's word. */
const METAPHORS: ReadonlyMap<string, string> = new Map([
  ['house', 'services'],
  ['workshop', 'consumer settings'],
  ['bell', 'notifier'],
  ['bury', 'write to the dead letters'],
  ['buries', 'writes to the dead letters'],
  ['buried', 'written to the dead letters'],
  ['room', 'capacity, or space'],
  ['lend', 'borrow, or deliver'],
  ['lends', 'borrows, or delivers'],
  ['lent', 'borrowed, or delivered'],
  ['desk', 'guarded gateway'],
  ['suspect', 'disagreement'],
  ['suspects', 'disagreements'],
  ['treat', 'repair'],
  ['treats', 'repairs'],
  ['treated', 'repaired'],
  ['cure', 'repair'],
  ['cures', 'repairs'],
  ['remedy', 'repair'],
  ['remedies', 'repairs'],
  ['strike', 'fault'],
  ['strikes', 'faults'],
  ['struck', 'occurred'],
  ['crew', 'workers'],
  ['teller', 'reporter'],
  ['mend', 'repair'],
  ['mends', 'repairs'],
  ['mended', 'repaired'],
]);

const FOLDERS = ['src', 'test', 'bin', 'eslint', 'scripts', 'docs', 'benchmarks/peers/node'];
const PAGES = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'];
const READ = /\.(ts|mjs|js|md|sql)$/;
const NOT_OURS = /node_modules|plain-words\.test\.ts$|docs\/reference\//;

describe('names, comments and pages', () => {
  it('use the words of the field, no metaphors', async () => {
    const files = await listFiles();
    expect(files.length).toBeGreaterThan(500);
    const found = await Promise.all(files.map(async (file) => metaphorsIn(file, await readFile(file, 'utf8'))));
    expect(found.flat()).toEqual([]);
  });

  it.each(['const crewSize = 1;', 'startCrew();', '// The crew.', 'fire-crew.ts', 'CREW_SIZE'])(
    'would be seen in: %s',
    (text) => {
      expect(metaphorsIn('a.ts', text)).toEqual(['a.ts:1: crew (say: workers)']);
    },
  );

  it.each(['secure', 'const treatment = 1;', 'bedroom', 'isStrict'])('let pass: %s', (text) => {
    expect(metaphorsIn('a.ts', text)).toEqual([]);
  });
});

async function listFiles(): Promise<string[]> {
  const inFolders = await Promise.all(
    FOLDERS.map(async (folder) => (await readdir(folder, { recursive: true })).map((file) => path.join(folder, file))),
  );
  const files = [...PAGES, ...inFolders.flat()].filter((file) => READ.test(file) && !NOT_OURS.test(file));
  const areFiles = await Promise.all(files.map(async (file) => (await stat(file)).isFile()));
  return files.filter((_, place) => areFiles[place]);
}

/** The metaphors in a file's name and text, each with its line and the word to use. */
function metaphorsIn(file: string, text: string): string[] {
  return [path.basename(file), ...text.split('\n')].flatMap((line, place) =>
    wordsOf(line)
      .filter((word) => METAPHORS.has(word))
      .map((word) => `${file}:${place}: ${word} (say: ${METAPHORS.get(word)})`),
  );
}

/** The words of a line. The words of an identifier are separated: `startCrew` is `start` and `crew`. */
function wordsOf(line: string): string[] {
  return line
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z]+/)
    .map((word) => word.toLowerCase());
}
