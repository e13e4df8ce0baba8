// Writes docs/api/: for each subpath its public names with their signatures, so that a review shows every change of
// them. With --check, it compares instead and fails when a page differs. It reads the declarations in dist/: build
// first.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import ts from 'typescript';

import { importName, readPublicNames } from './public-names.mjs';

const FOLDER = 'docs/api';

/** The names that a first example needs are at the root, too. */
const AT_THE_ROOT_TOO = ['connect', 'migrate', 'ConnectOptions', 'Database'];

const printer = ts.createPrinter({ removeComments: true });

const names = readPublicNames();
const twice = findNamesInTwoPlaces(names);
for (const line of twice) console.error(line);
const pages = new Map();
for (const [subpath, symbols] of names) pages.set(pageOf(subpath), await renderPage(subpath, symbols));
const differing = process.argv.includes('--check') ? compare(pages) : write(pages);
for (const page of differing) console.error(`${FOLDER}/${page} is not what the package exports: npm run api`);
if (twice.length + differing.length > 0) process.exitCode = 1;

function pageOf(subpath) {
  return `${subpath === '' ? 'tablepick' : subpath}.md`;
}

async function renderPage(subpath, symbols) {
  const declarations = [...symbols].map(([name, symbol]) => declare(name, symbol)).join('\n\n');
  const text = `# ${importName(subpath)}

Every public name with its signature, by name. \`npm run api\` writes this page.

\`\`\`ts
${declarations}
\`\`\`
`;
  return format(text, { ...(await resolveConfig(FOLDER)), parser: 'markdown' });
}

function declare(name, symbol) {
  return symbol.declarations.map((declaration) => printDeclaration(name, declaration)).join('\n');
}

function printDeclaration(name, declaration) {
  const whole = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const text = printer.printNode(ts.EmitHint.Unspecified, whole, declaration.getSourceFile());
  const plain = text.replace(/^export /, '').replace(/^declare /, '');
  return plain.includes(name) ? plain : `${plain} // exported as ${name}`;
}

/** Each name has one place. A user would find a name with two places in the wrong one. */
function findNamesInTwoPlaces(all) {
  const placesOf = new Map();
  for (const [subpath, symbols] of all) {
    for (const name of symbols.keys()) placesOf.set(name, [...(placesOf.get(name) ?? []), importName(subpath)]);
  }
  const found = [...placesOf].filter(([name, places]) => places.length > 1 && !AT_THE_ROOT_TOO.includes(name));
  return found.map(([name, places]) => `${name} is exported by ${places.join(' and ')}: leave it in one place`);
}

function compare(wanted) {
  const differing = [...wanted].filter(([page, text]) => readIfThere(path.join(FOLDER, page)) !== text);
  const gone = listPages().filter((page) => !wanted.has(page));
  return [...differing.map(([page]) => page), ...gone];
}

function write(wanted) {
  mkdirSync(FOLDER, { recursive: true });
  for (const page of listPages()) if (!wanted.has(page)) rmSync(path.join(FOLDER, page));
  for (const [page, text] of wanted) writeFileSync(path.join(FOLDER, page), text);
  return [];
}

function listPages() {
  return readdirSync(FOLDER).filter((file) => file.endsWith('.md'));
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
