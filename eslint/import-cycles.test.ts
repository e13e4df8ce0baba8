import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

/** File → the files whose code it loads; types are erased and may point both ways. */
type ImportGraph = Map<string, string[]>;

const IMPORT = /^(?:import|export)\s(?!type\s)(?:[^'";]*?\sfrom\s)?'(\.[^']+)'/gm;

describe('the imports of src', () => {
  it('form no cycle', async () => {
    expect(findCycle(await readGraph('src'))).toBeUndefined();
  });

  it('would be seen in a cycle', () => {
    const graph: ImportGraph = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
    ]);
    expect(findCycle(graph)).toEqual(['b', 'c', 'b']);
  });
});

async function readGraph(folder: string): Promise<ImportGraph> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const entries = files.map(async (file): Promise<[string, string[]]> => {
    const text = await readFile(path.join(folder, file), 'utf8');
    const sources = [...text.matchAll(IMPORT)].map(([, source = '']) => source);
    return [file, sources.map((source) => path.join(path.dirname(file), source).replace(/\.js$/, '.ts'))];
  });
  const graph: ImportGraph = new Map(await Promise.all(entries));
  expect(graph.get('retry.ts')).toContain('errors.ts');
  return graph;
}

function findCycle(graph: ImportGraph): string[] | undefined {
  const done = new Set<string>();
  const walk = (file: string, above: readonly string[]): string[] | undefined => {
    if (above.includes(file)) return [...above.slice(above.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const cycle = walk(next, [...above, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  return [...graph.keys()].map((file) => walk(file, [])).find((cycle) => cycle !== undefined);
}
