import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { runOrThrow } from './support/run-program.js';

/** Documents that the package leaves out, because they are for those who change it and link to its sources. */
const FOR_DEVELOPERS = /^(ARCHITECTURE\.md|CONTRIBUTING\.md|docs\/decisions\/|compose\.yaml)/;

const documents = [
  ...(await markdownIn('.', false)),
  ...(await markdownIn('benchmarks', false)),
  ...(await markdownIn('docs', true)),
];

describe.each(documents)('%s', (document) => {
  it('links only to files and headings that exist', async () => {
    const broken: string[] = [];
    for (const target of localLinks(await readFile(document, 'utf8'))) {
      if (!(await exists(document, target))) broken.push(target);
    }
    expect(broken).toEqual([]);
  });

  it('names no line numbers, which drift', async () => {
    expect(localLinks(await readFile(document, 'utf8')).filter((target) => /#L\d|:\d+$/.test(target))).toEqual([]);
  });
});

it.each([
  ['README.md', 10_000],
  ['ARCHITECTURE.md', 15_000],
])('%s has less than %i bytes', async (document, most) => {
  expect((await readFile(document)).length).toBeLessThan(most);
});

it('all documents are looked at', () => {
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'docs/guide/slots.md']));
});

it('the guide of the library names every subpath of the package', async () => {
  const manifest = JSON.parse(await readFile('package.json', 'utf8')) as { exports: Record<string, unknown> };
  const guide = await readFile('docs/guide/library.md', 'utf8');
  const subpaths = Object.keys(manifest.exports).filter((subpath) => !/^\.$|json$/.test(subpath));
  expect(subpaths.filter((subpath) => !guide.includes(`tablepick${subpath.slice(1)}\``))).toEqual([]);
});

it('the packed documents link to packed files, or to documents for developers', async () => {
  const packed = await packedFiles();
  const dead: string[] = [];
  for (const document of packed.filter((file) => documents.includes(file))) {
    for (const target of localLinks(await readFile(document, 'utf8'))) {
      const file = fileOf(document, target);
      const isPacked = packed.some((name) => name === file || name.startsWith(`${file}/`));
      if (!isPacked && !FOR_DEVELOPERS.test(file)) dead.push(`${document}: ${target}`);
    }
  }
  expect(dead).toEqual([]);
});

async function markdownIn(folder: string, recursive: boolean): Promise<string[]> {
  const names = await readdir(folder, { recursive });
  return names.filter((name) => name.endsWith('.md')).map((name) => path.join(folder, name));
}

async function packedFiles(): Promise<string[]> {
  const [{ files }] = JSON.parse(await runOrThrow('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'])) as [
    { files: { path: string }[] },
  ];
  return files.map((file) => file.path);
}

function localLinks(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```.*?^```$/gms, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^https?:/.test(target));
}

/** The file that `target` means, from the repository's root. */
function fileOf(document: string, target: string): string {
  const [file] = target.split('#');
  return file ? path.join(path.dirname(document), file) : document;
}

async function exists(document: string, target: string): Promise<boolean> {
  const file = fileOf(document, target);
  if (!existsSync(file)) return false;
  const anchor = target.split('#')[1];
  return anchor === undefined || anchorsOf(await readFile(file, 'utf8')).includes(anchor);
}

/** Anchors as GitHub makes them of headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
