import { fileURLToPath } from 'node:url';

import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const eslint = new ESLint({ cwd: fileURLToPath(new URL('..', import.meta.url)) });

/** The rules that report `text` in the place of `filePath`. The file must exist: type-aware rules know no other. */
async function rulesBroken(filePath: string, text: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath });
  return result?.messages.map((message) => message.ruleId) ?? [];
}

const FORBIDDEN: [what: string, filePath: string, rule: string, text: string][] = [
  ['an area importing one above it', 'src/retry.ts', 'local/imports-go-downwards', "import './database/names.js';"],
  [
    'an area importing its neighbour',
    'src/slots/plan/rules.ts',
    'local/imports-go-downwards',
    "import '../../bench/a.js';",
  ],
  ['an import of the command line', 'src/index.ts', 'local/imports-go-downwards', "import './cli/main.js';"],
  ['an import() upwards', 'src/database/names.ts', 'local/imports-go-downwards', "await import('../slots/index.js');"],
  ['a re-export upwards', 'src/errors.ts', 'local/imports-go-downwards', "export { a } from './retry.js';"],
  ['a type from above', 'src/errors.ts', 'local/imports-go-downwards', "export type { A } from './retry.js';"],
  ['a file outside src', 'src/errors.ts', 'local/imports-go-downwards', "import '../test/support/servers.js';"],
  [
    'mysql2 outside src/database',
    'src/slots/plan/slot-plan.ts',
    'local/packages-in-one-place',
    "import 'mysql2/promise';",
  ],
  [
    'a folder of the slots past its entry',
    'src/slots/plan/slot-plan.ts',
    'no-restricted-imports',
    "import '../runs/run-record.js';",
  ],
  [
    'a folder of the slots past its entry, from above',
    'src/cli/slots/plan-range.ts',
    'no-restricted-imports',
    "import '../../slots/plan/calendar.js';",
  ],
  ['chalk outside src/cli', 'src/slots/plan/slot-plan.ts', 'local/packages-in-one-place', "import 'chalk';"],
  ['a package without a place', 'src/slots/plan/slot-plan.ts', 'local/packages-in-one-place', "import 'left-over';"],
  ['a builtin without node:', 'src/slots/plan/slot-plan.ts', 'local/packages-in-one-place', "import 'fs';"],
  [
    'p-limit outside src/in-parallel.ts',
    'src/slots/plan/slot-plan.ts',
    'local/packages-in-one-place',
    "import 'p-limit';",
  ],
  ['export *', 'src/index.ts', 'no-restricted-syntax', "export * from './errors.js';"],
  ['local time in the slots', 'src/slots/plan/slot-plan.ts', 'no-restricted-syntax', 'new Date(0).getHours();'],
  ['a local date in the slots', 'src/slots/plan/slot-plan.ts', 'no-restricted-syntax', 'new Date(2026, 11);'],
  ['NOW() in SQL', 'src/retry.ts', 'no-restricted-syntax', "export const SQL = 'SELECT NOW(6)';"],
  [
    'NOW() in the SQL of slots',
    'src/slots/plan/slot-plan.ts',
    'no-restricted-syntax',
    'export const SQL = `SELECT NOW(${1})`;',
  ],
  [
    'a listener of its own',
    'src/retry.ts',
    'no-restricted-syntax',
    "new AbortController().signal.addEventListener('abort', () => {});",
  ],
  ['a sleep that listens', 'src/slots/plan/slot-plan.ts', 'no-restricted-syntax', 'sleep(1, undefined, { signal });'],
  ['printing from the library', 'src/slots/plan/slot-plan.ts', 'no-console', "console.log('rows');"],
  ['writing to stdout', 'src/slots/plan/slot-plan.ts', 'no-restricted-properties', "process.stdout.write('rows');"],
  ['a signal handler', 'src/slots/plan/slot-plan.ts', 'no-restricted-properties', "process.on('SIGINT', () => {});"],
  ['an exit code', 'src/cli/main.ts', 'no-restricted-properties', 'process.exitCode = 1;'],
  ['an exported name without a docstring', 'src/slots/plan/slot-plan.ts', 'jsdoc/require-jsdoc', 'export const a = 1;'],
  [
    'a docstring that says nothing',
    'src/slots/plan/slot-plan.ts',
    'jsdoc/informative-docs',
    '/** The plan. */\nexport type Plan = 1;',
  ],
  ['any', 'src/slots/plan/slot-plan.ts', '@typescript-eslint/no-explicit-any', 'let a: any;'],
  [
    'a promise left alone',
    'src/slots/plan/slot-plan.ts',
    '@typescript-eslint/no-floating-promises',
    'Promise.resolve(1);',
  ],
  ['an object spread into an object', 'src/retry.ts', 'local/no-literal-spread', 'f({ ...{ a: 1 }, b: 2 });'],
  ['the same with a type', 'test/gateway.test.ts', 'local/no-literal-spread', 'f({ ...({ a: 1 } as const), b: 2 });'],
  ['an array spread into an array', 'scripts/build.mjs', 'local/no-literal-spread', "f([...['a'], 'b']);"],
  ['a name in camelCase', 'scripts/buildAll.mjs', 'local/kebab-case-filename', ''],
  ['a fourth parameter', 'src/slots/plan/slot-plan.ts', 'max-params', 'function a(b, c, d, e) {}'],
  [
    'a function of 51 lines',
    'src/slots/plan/slot-plan.ts',
    'max-lines-per-function',
    `function a() {\n${'a();\n'.repeat(51)}}`,
  ],
  ['a file of 301 lines', 'src/slots/plan/slot-plan.ts', 'max-lines', 'a();\n'.repeat(301)],
  [
    'a test that looks inside',
    'test/servers.db.test.ts',
    'local/tests-import-the-package',
    "import { retry } from '../src/retry.js';",
  ],
  [
    'support that loads the build by its path',
    'test/support/gateway-child.mjs',
    'local/tests-import-the-package',
    "await import('../../dist/index.js');",
  ],
  ['a comment wider than code may be', 'src/slots/plan/slot-plan.ts', 'local/comment-width', `// ${'a'.repeat(120)}`],
  ['a test left out', 'test/servers.db.test.ts', 'no-restricted-properties', "it.skip('works', () => {});"],
];

const ALLOWED: [what: string, filePath: string, text: string][] = [
  ['an import downwards', 'src/slots/plan/slot-plan.ts', "export { connect } from '../../database/connect.js';"],
  ['a test that imports the package', 'test/servers.db.test.ts', "import 'tablepick/slots';"],
  ['mysql2 in src/database', 'src/database/names.ts', "export { createPool } from 'mysql2';"],
  [
    'UTC in the slots',
    'src/slots/plan/slot-plan.ts',
    '/** Noon or not. */\nexport const a = new Date(Date.UTC(2026, 11)).getUTCHours();',
  ],
  [
    'a variable spread into an object',
    'eslint/visit-imports.js',
    'export const a = (b) => ({ ...b, c: [b(...b.d())] });',
  ],
];

describe('lint', () => {
  it.each(FORBIDDEN)('reports %s in %s by %s', async (_what, filePath, rule, text) => {
    expect(await rulesBroken(filePath, text)).toContain(rule);
  });

  it.each(ALLOWED)('lets %s in %s pass', async (_what, filePath, text) => {
    expect(await rulesBroken(filePath, text)).toEqual([]);
  });
});
