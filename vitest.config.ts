import { defineConfig } from 'vitest/config';

import { isShare } from './test/support/fire-share.js';

/** A file that receives the results as JSON beside the usual output. */
const reportFile = process.env['TABLEPICK_TEST_REPORT'];

const fireTimeout = isShare ? 300_000 : 7_200_000;

/** Files that change what all on a server share: a global variable, every key of Redis. */
const alone = ['cli-usage.db', 'combining-sure.db', 'sold-out-flag.db'].map((name) => `test/${name}.test.ts`);

const real = { globalSetup: ['test/support/start-servers.ts'], testTimeout: 120_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    // Most files wait for a server most of their time.
    maxWorkers: 2,
    // The built package is loaded by Node itself, as a user's program would load it.
    server: { deps: { external: [/\/dist\//, /\/bin\//] } },
    reporters: reportFile ? ['default', ['json', { outputFile: reportFile }]] : ['default'],
    projects: [
      { extends: true, test: { name: 'pure', include: ['{src,eslint}/**/*.test.ts'], testTimeout: 30_000 } },
      {
        extends: true,
        test: { ...real, name: 'real', include: ['test/**/*.test.ts'], exclude: ['test/fire/**', ...alone] },
      },
      {
        extends: true,
        test: { ...real, name: 'alone', include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: {
          ...{ ...real, name: 'fire', include: ['test/fire/**/*.test.ts'], testTimeout: fireTimeout },
          ...{ maxWorkers: 1, sequence: { groupOrder: 2 } },
        },
      },
    ],
  },
});
