// Compiles every `@example` of the public names against the built package, so that it stays correct, and prints the
// main entries that have none. An example is one to five lines. It need not import public names, nor declare the
// handles of GIVEN.
import path from 'node:path';
import ts from 'typescript';

import { MAIN_ENTRIES } from './main-entries.mjs';
import { importName, readPublicNames } from './public-names.mjs';

const MOST_LINES = 5;

/** The handles that an example may use without declaring them: name → type. */
const GIVEN = {
  database: 'Database',
  paymentDatabase: 'Database',
  gateway: 'PaymentGateway',
  handler: 'MessageHandler',
  mailer: 'Mailer',
  plan: 'SlotPlan',
  range: 'SlotRange',
  redis: 'Redis',
  reservations: 'Reservations',
  rules: 'Iterable<RestaurantRules>',
  secret: 'string',
  signal: 'AbortSignal',
  transport: 'Transport',
  tx: 'Transaction',
};

const OPTIONS = {
  noEmit: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
};

const names = readPublicNames();
const subpathOf = new Map(
  [...names].flatMap(([subpath, symbols]) => [...symbols.keys()].map((name) => [name, subpath])),
);
const examples = [...names].flatMap(([subpath, symbols]) =>
  [...symbols].flatMap((named) => readExamples(subpath, named)),
);
const problems = [...listMissing(examples), ...listLong(examples), ...compile(examples)];
for (const problem of problems) console.error(problem);
console.log(`${examples.length} examples, ${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;

function readExamples(subpath, [name, symbol]) {
  const tags = symbol.declarations.flatMap((declaration) => ts.getJSDocTags(declaration));
  const texts = tags
    .filter((tag) => tag.tagName.text === 'example')
    .map((tag) => ts.getTextOfJSDocComment(tag.comment) ?? '');
  return texts.map((text, index) => ({
    name,
    subpath,
    text,
    title: `${importName(subpath)} ${name}, example ${index + 1}`,
  }));
}

function listMissing(found) {
  const wanted = Object.entries(MAIN_ENTRIES).flatMap(([subpath, all]) => all.map((name) => ({ subpath, name })));
  const missing = wanted.filter(
    ({ subpath, name }) => !found.some((one) => one.subpath === subpath && one.name === name),
  );
  return missing.map(({ subpath, name }) => `${importName(subpath)} ${name} has no @example, but is a main entry`);
}

function listLong(found) {
  const long = found.filter(({ text }) => text.trim().split('\n').length > MOST_LINES);
  return long.map(({ title }) => `${title}: longer than ${MOST_LINES} lines`);
}

/** Each example is a module of its own inside this package, so it imports the package by its name. */
function compile(found) {
  const texts = new Map(found.map((example, index) => [path.resolve(`example-${index}.ts`), toModule(example)]));
  const titles = new Map([...texts.keys()].map((file, index) => [file, found[index].title]));
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  host.readFile = (file) => texts.get(file) ?? readFile(file);
  host.getSourceFile = (file, ...rest) =>
    texts.has(file) ? ts.createSourceFile(file, texts.get(file), ts.ScriptTarget.ES2023) : getSourceFile(file, ...rest);
  const program = ts.createProgram([...texts.keys()], OPTIONS, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const said = ts.flattenDiagnosticMessageText(messageText, '\n');
    return `${titles.get(file?.fileName) ?? file?.fileName}: ${said}`;
  });
}

function toModule({ text }) {
  const given = Object.entries(GIVEN).filter(([name]) => uses(text, name) && !declares(text, name));
  const declared = given.map(([name, type]) => `declare const ${name}: ${type};\n`).join('');
  const used = [...subpathOf].filter(([name]) => uses(text + declared, name) && !declares(text, name));
  const imports = used.map(([name, subpath]) => `import { ${name} } from '${importName(subpath)}';\n`).join('');
  return `${imports}${declared}${text}\nexport {};\n`;
}

/** True when `name` occurs as a name of its own, not as that of a member. */
function uses(text, name) {
  return new RegExp(`(?<![\\w.'])${name}\\b(?!['?]?:)`).test(text);
}

function declares(text, name) {
  return new RegExp(`\\bconst (?:${name}\\b|[{[][^=]*\\b${name}\\b[^=]*[}\\]] =)`).test(text);
}
