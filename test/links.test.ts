import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md'];

describe.each(DOCUMENTS)('%s', (document) => {
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

function localLinks(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```.*?^```$/gms, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^https?:/.test(target));
}

async function exists(document: string, target: string): Promise<boolean> {
  const [file, anchor] = target.split('#');
  const path = file || document;
  if (!existsSync(path)) return false;
  return anchor === undefined || anchorsOf(await readFile(path, 'utf8')).includes(anchor);
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
