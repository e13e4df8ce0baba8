import { defineConfig } from 'vitest/config';

import { isShare } from './test/support/fire-share.js';

/** A file that receives the results as JSON beside the usual output. */
const reportFile = process.env['TABLEPICK_TEST_REPORT'];

const fireTimeout = isShare ? 300_000 : 7_200_000;

const real = { globalSetup: ['test/support/start-servers.ts'], testTimeout: 120_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    // Most files wait for a server most of their time. What is under fire has the machine to itself.
    maxWorkers: 2,
    // The built package is loaded by Node itself, as a user's program would load it.
    server: { deps: { external: [/\/dist\//, /\/bin\//] } },
    reporters: reportFile ? ['default', ['json', { outputFile: reportFile }]] : ['default'],
    projects: [
      { extends: true, test: { name: 'pure', include: ['{src,eslint}/**/*.test.ts'], testTimeout: 30_000 } },
      { extends: true, test: { ...real, name: 'real', include: ['test/**/*.test.ts'], exclude: ['test/fire/**'] } },
      { extends: true, test: { ...real, name: 'fire', include: ['test/fire/**/*.test.ts'], testTimeout: fireTimeout } },
    ],
  },
});
