import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

/** File → the files that it names: those that it loads, those that it loads later, and those whose types it uses. */
type ImportGraph = Map<string, string[]>;

const IMPORT = /(?:^(?:import|export)\s(?:[^'";]*?\sfrom\s)?|\bimport\()'(\.[^']+)'/gm;

describe('the imports of src', () => {
  it('form no cycle, types included', async () => {
    expect(findCycle(await readGraph('src'))).toBeUndefined();
  });

  it('are all seen', () => {
    const text = [
      "import { a } from './a.js';",
      "import type { B } from './b.js';",
      "export { type C } from './c.js';",
      "import {\n  d,\n} from './d.js';",
      "import './e.js';",
      "  const f: import('./f.js').F = await import('./g.js');",
    ].join('\n');
    expect(sourcesIn(text)).toEqual(['./a.js', './b.js', './c.js', './d.js', './e.js', './f.js', './g.js']);
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
    const named = sourcesIn(text).map((source) => path.join(path.dirname(file), source).replace(/\.js$/, '.ts'));
    return [file, named];
  });
  const graph: ImportGraph = new Map(await Promise.all(entries));
  expect(graph.get('retry.ts')).toContain('errors.ts');
  return graph;
}

function sourcesIn(text: string): string[] {
  return [...text.matchAll(IMPORT)].map(([, source = '']) => source);
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
