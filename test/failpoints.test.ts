import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

import { failpointNames } from 'tablepick/testing';
import { describe, expect, it } from 'vitest';

import { loadedFiles } from './support/loaded-files.js';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const ENTRIES = ['tablepick', 'tablepick/messaging', 'tablepick/payments', 'tablepick/saga'];

/** What is published and runs in a service: everything but what is there to test and to try. */
async function serviceFiles(): Promise<string[]> {
  const names = await readdir(dist, { recursive: true });
  return names.filter((name) => name.endsWith('.js') && !/^(testing|experiments)[\\/]/.test(name));
}

describe('the published build', () => {
  it('has no failpoint outside of what tests import', async () => {
    const files = await serviceFiles();
    expect(files.length).toBeGreaterThan(100);
    for (const file of files) {
      const text = await readFile(path.join(dist, file), 'utf8');
      const found = [...failpointNames, 'failpoint', 'Failpoint'].filter((word) => text.includes(word));
      expect(found, file).toEqual([]);
    }
  });

  it.each(ENTRIES)('loads nothing of tablepick/testing with %s', async (entry) => {
    const files = await loadedFiles(['--input-type=module', '-e', `await import('${entry}');`], root);
    const loaded = files.filter((file) => file.includes('/dist/'));
    expect(loaded.length).toBeGreaterThan(5);
    expect(loaded.filter((file) => file.includes('/dist/testing/'))).toEqual([]);
  });
});
