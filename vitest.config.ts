import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

import { isShare } from './test/support/fire-share.js';
import type { ServerName } from './test/support/ask-for-server.js';

/** A file that receives the results as JSON beside the usual output. */
const reportFile = process.env['TABLEPICK_TEST_REPORT'];

const takesMinutes = /\/(readme|sandbox|bench-\w+)(\.\w+)+\.test\.ts$/;

/** What takes minutes comes first, so that none of it is left over when the other worker has nothing to do any more. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => (takesMinutes.test(moduleId) ? 0 : 1);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

/** The servers that a file uses, by the words in front of its `.test.ts`. */
const serversOf = {
  db: ['mysql', 'mariadb'],
  redis: ['mysql', 'mariadb', 'redis'],
  kafka: ['mysql', 'mariadb', 'kafka'],
  'redis.kafka': ['mysql', 'mariadb', 'redis', 'kafka'],
} satisfies Record<string, ServerName[]>;

const limits = { testTimeout: 120_000, hookTimeout: 300_000 };
const buildFirst = 'test/support/build-if-stale.ts';

function withServers(servers: ServerName[]) {
  return { ...limits, globalSetup: [buildFirst, 'test/support/start-servers.ts'], provide: { servers } };
}

/** Two projects for files with these words: those that run beside others, and those of `test/alone`. */
function projectsOf([words, servers]: [string, ServerName[]]): TestProjectInlineConfiguration[] {
  const test = withServers(servers);
  const include = [`test/**/*.${words}.test.ts`];
  const exclude = ['test/{alone,fire}/**', ...(words === 'kafka' ? ['test/**/*.redis.kafka.test.ts'] : [])];
  const alone = { name: `alone.${words}`, include: [`test/alone/*.${words}.test.ts`], maxWorkers: 1 };
  return [
    { extends: true, test: { ...test, name: words, include, exclude } },
    { extends: true, test: { ...test, ...alone, sequence: { groupOrder: 1 } } },
  ];
}

/** White-box tests beside their source: no build, no server. */
const pure = { ...limits, name: 'pure', include: ['{src,eslint}/**/*.test.ts'] };

/** What white-box tests take from test/support imports the package by its name: for them that means the sources. */
const sources = [{ find: /^tablepick\/(\w+)$/, replacement: `${import.meta.dirname}/src/$1/index.ts` }];

/** Tests of the built package that need no server. */
const plain = {
  ...limits,
  name: 'plain',
  globalSetup: [buildFirst],
  include: ['test/**/*.test.ts'],
  exclude: ['test/**/*.{db,redis,kafka,fire}.test.ts'],
};

const fire = {
  ...withServers(serversOf['redis.kafka']),
  name: 'fire',
  include: ['test/fire/**/*.test.ts'],
  testTimeout: isShare ? 300_000 : 7_200_000,
  maxWorkers: 1,
  sequence: { groupOrder: 2 },
};

export default defineConfig({
  test: {
    // Most files wait for a server most of their time.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // The built package is loaded by Node itself, as a user's program would load it.
    server: { deps: { external: [/\/dist\//, /\/bin\//] } },
    reporters: reportFile ? ['default', ['json', { outputFile: reportFile }]] : ['default'],
    projects: [
      { extends: true, test: pure, resolve: { alias: sources } },
      { extends: true, test: plain },
      ...Object.entries(serversOf).flatMap(projectsOf),
      { extends: true, test: fire },
    ],
  },
});
