import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

import { isShare } from './test/support/fire-share.js';

/** A file that receives the results as JSON beside the usual output. */
const reportFile = process.env['TABLEPICK_TEST_REPORT'];

const fireTimeout = isShare ? 300_000 : 7_200_000;

const takesMinutes = /\/(readme|sandbox|sandbox-kafka|bench-\w+)(\.db)?\.test\.ts$/;

/** What takes minutes comes first, so that none of it is left over when the other worker has nothing to do any more. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => (takesMinutes.test(moduleId) ? 0 : 1);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

/** Files that change what all on a server share, a global variable or every key of Redis, or in which a busy machine is a Redis that is away. */
const alone = ['cli-sold-out.db', 'cli-usage.db', 'combining-sure.db', 'sold-out-flag.db'].map(
  (name) => `test/${name}.test.ts`,
);

const real = { globalSetup: ['test/support/start-servers.ts'], testTimeout: 120_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    // Most files wait for a server most of their time.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // The built package is loaded by Node itself, as a user's program would load it.
    server: { deps: { external: [/\/dist\//, /\/bin\//] } },
    reporters: reportFile ? ['default', ['json', { outputFile: reportFile }]] : ['default'],
    projects: [
      { extends: true, test: { name: 'pure', include: ['{src,eslint}/**/*.test.ts'], testTimeout: 120_000 } },
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
          ...real,
          name: 'fire',
          include: ['test/fire/**/*.test.ts'],
          testTimeout: fireTimeout,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
