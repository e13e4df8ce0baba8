import { expect, test } from 'vitest';

import { chooseMirror, parseListFile, parseSourcesFile } from './apt-sources.js';

const STANZAS = `# a comment
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Enabled: no
Types: deb
URIs: http://switched.off.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://source.example/debian
Suites: bookworm
Components: main
`;

test('stanzas give one source for each address and suite, without disabled ones and sources of source code', () => {
  const uri = 'http://mirror.example/debian';
  expect(parseSourcesFile(STANZAS)).toEqual([
    { uri, suite: 'bookworm', components: ['main', 'contrib'] },
    { uri, suite: 'bookworm-updates', components: ['main', 'contrib'] },
  ]);
});

test('one-line sources are read with and without options, comments and deb-src lines are not', () => {
  const text = `deb [arch=amd64 signed-by=/a b] https://vendor.example/apt nodistro main
# deb http://old.example/debian bullseye main
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/debian bookworm main non-free # ours`;
  expect(parseListFile(text)).toEqual([
    { uri: 'https://vendor.example/apt', suite: 'nodistro', components: ['main'] },
    { uri: 'http://mirror.example/debian', suite: 'bookworm', components: ['main', 'non-free'] },
  ]);
});

test('the mirror is the one that serves the release, not the first vendor in the list', () => {
  const sources = parseListFile(
    'deb https://vendor.example/apt nodistro main\ndeb http://mirror.example/debian bookworm main',
  );
  expect(chooseMirror(sources, 'bookworm')).toBe('http://mirror.example/debian');
  expect(chooseMirror(sources, undefined)).toBe('https://vendor.example/apt');
  expect(chooseMirror([], 'bookworm')).toBeUndefined();
});
