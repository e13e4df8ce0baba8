import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { loadedFiles, packagesOf } from './support/loaded-files.js';
import { NODE_MAJORS, findNode } from './support/node-versions.js';
import { runOrThrow } from './support/run-program.js';
import { testRedis, testServers, withTestDatabase } from './support/servers.js';

const RESTAURANTS = 50;
const DAYS = 3;
const ROWS = RESTAURANTS * DAYS * 16;

const manifest = JSON.parse(await readFile('package.json', 'utf8')) as {
  version: string;
  exports: Record<string, unknown>;
};
const SUBPATHS = Object.keys(manifest.exports)
  .filter((subpath) => subpath !== './package.json')
  .map((subpath) => `tablepick${subpath.slice(1)}`);

let elsewhere: string;
let bin: string;

beforeAll(async () => {
  // The real path: a module's URL never holds a symbolic link.
  elsewhere = await realpath(await mkdtemp(path.join(tmpdir(), 'tablepick-elsewhere-')));
  const packed = await runOrThrow('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', elsewhere]);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  await writeFile(path.join(elsewhere, 'package.json'), '{ "private": true }');
  await runOrThrow('npm', ['install', '--no-audit', '--no-fund', `./${filename}`], { cwd: elsewhere });
  bin = path.join(elsewhere, 'node_modules/tablepick/bin/tablepick.js');
});

afterAll(() => rm(elsewhere, { recursive: true, force: true }));

describe('the package, installed elsewhere', () => {
  it('has types that a program with an older library of types compiles with, and closes by await using', async () => {
    const options = { target: 'ES2022', lib: ['ES2022'], module: 'NodeNext', strict: true, noEmit: true };
    await writeFile(
      path.join(elsewhere, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['user.mts'] }),
    );
    const imports = SUBPATHS.map((subpath, n) => `import * as all${n} from '${subpath}'; void all${n};`);
    const use = `import { connect } from 'tablepick/database';
      import { createDatabaseTransport } from 'tablepick/messaging';
      await using database = await connect({ url: '' });
      await using transport = createDatabaseTransport({ database });
      await using subscription = await transport.subscribe({ group: 'g', topics: ['t'], onBatch: async () => {} });
      void subscription;`;
    await writeFile(path.join(elsewhere, 'user.mts'), [...imports, use].join('\n'));
    const tsc = path.resolve('node_modules/typescript/bin/tsc');
    expect(await runOrThrow(process.execPath, [tsc, '--project', elsewhere])).toBe('');
  });

  it('answers npx tablepick --version', async () => {
    expect((await runOrThrow('npx', ['tablepick', '--version'], { cwd: elsewhere })).trim()).toBe(manifest.version);
  });

  it('holds no test and no source', async () => {
    const files = await runOrThrow('find', ['node_modules/tablepick', '-name', '*.ts', '-not', '-name', '*.d.ts'], {
      cwd: elsewhere,
    });
    expect(files).toBe('');
  });

  it.each([
    ['tablepick', 'index.js'],
    ['tablepick/slots', 'slots/index.js'],
  ])('loads for %s none of what other areas need', async (subpath, entry) => {
    const files = await loadedFiles(['--input-type=module', '-e', `await import('${subpath}')`], elsewhere);
    expect(files.some((file) => file.endsWith(`/tablepick/dist/${entry}`))).toBe(true);
    for (const name of ['kafkajs', 'knex', '@redis/client', 'commander', 'cli-progress', 'chalk']) {
      expect(packagesOf(files)).not.toContain(name);
    }
  });

  it('loads for tablepick/redis no client before it connects', async () => {
    const load = (then: string) =>
      loadedFiles(['--input-type=module', '-e', `const redis = await import('tablepick/redis'); ${then}`], elsewhere);
    expect(packagesOf(await load(''))).not.toContain('@redis/client');
    const connecting = await load(`await redis.connectRedis({ url: '${testRedis()}' }).then((open) => open.close())`);
    expect(packagesOf(connecting)).toContain('@redis/client');
  });

  it('loads for --help commander and no database client', async () => {
    const packages = packagesOf(await loadedFiles([bin, '--help'], elsewhere));
    expect(packages).toContain('commander');
    expect(packages).not.toContain('mysql2');
    expect(packages).not.toContain('cli-progress');
  });
});

describe.each(NODE_MAJORS)('on Node %i', (major) => {
  let node: string;

  beforeAll(async () => {
    node = await findNode(major);
    expect(await runOrThrow(node, ['--version'])).toMatch(new RegExp(`^v${major}\\.`));
  });

  it.each(SUBPATHS)('import %s works', async (subpath) => {
    const text = `console.log(Object.keys(await import('${subpath}')).length)`;
    expect(Number(await runOrThrow(node, ['--input-type=module', '-e', text], { cwd: elsewhere }))).toBeGreaterThan(0);
  });

  it('talks to Redis', async () => {
    const text = `const { connectRedis } = await import('tablepick/redis');
      const redis = await connectRedis({ url: '${testRedis()}' });
      console.log(await redis.command(['PING']));
      await redis.close();`;
    expect(await runOrThrow(node, ['--input-type=module', '-e', text], { cwd: elsewhere })).toBe('PONG\n');
  });

  it.each(testServers())('generates slots with workers on $name', async (server) => {
    await withTestDatabase(server, async (database) => {
      const run = (...words: string[]) =>
        runOrThrow(node, [bin, ...words], { cwd: elsewhere, env: { TABLEPICK_DATABASE_URL: database.url } });
      await run('init');
      const words = ['--demo', String(RESTAURANTS), '--from', '2026-12-01', '--days', String(DAYS)];
      // batch builds its rows in worker_threads on every server; the default strategy may build none on the client.
      const stdout = await run('generate-slots', ...words, '--strategy', 'batch', '--workers', '2', '--json');
      const expected = { strategy: 'batch', workers: 2, planned: ROWS, inserted: ROWS, existing: 0, verified: true };
      expect(JSON.parse(stdout)).toMatchObject(expected);
    });
  });
});

describe('a program bundled into one file by esbuild', () => {
  const program = `
    import { connect, migrate } from 'tablepick/database';
    import { createReservations } from 'tablepick/reservations';
    import { generateSlots, rangeOf } from 'tablepick/slots';
    const database = await connect({ url: process.env.DATABASE });
    try {
      await migrate(database);
      await database.transaction((tx) =>
        tx.execute("INSERT INTO restaurant (id, name, max_capacity) VALUES (1, 'Corner', 40)"),
      );
      const day = [{ opensAt: '11:00', closesAt: '14:00' }];
      const rules = [{ restaurantId: 1, capacity: 40, week: [day, day, day, day, day, day, day] }];
      const range = rangeOf({ from: '2030-12-01', days: 2 });
      const { verified, inserted } = await generateSlots({ database, rules, range, strategy: 'batch' });
      const reservations = createReservations({ database });
      const { kind } = await reservations.reserve({ slotId: 1, memberId: 7, partySize: 2, idempotencyKey: 'one' });
      await reservations.close();
      console.log(JSON.stringify({ verified, inserted, kind }));
    } finally {
      await database.close();
    }`;

  // Packages in CommonJS that a bundle in ESM holds ask for a require.
  const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

  beforeAll(async () => {
    await runOrThrow('npm', ['install', '--no-audit', '--no-fund', 'esbuild@0.25'], { cwd: elsewhere });
    await writeFile(path.join(elsewhere, 'program.mjs'), program);
    await writeFile(path.join(elsewhere, 'program-cjs.mjs'), `(async () => {${importsLast(program)}})();`);
  });

  it.each([
    ['esm', 'program.mjs', [`--banner:js=${REQUIRE}`]],
    ['cjs', 'program-cjs.mjs', ['--log-override:empty-import-meta=silent']],
  ])('creates tables, generates and reserves: %s', async (format, source, more) => {
    const bundles = await mkdtemp(path.join(tmpdir(), 'tablepick-bundle-'));
    const bundle = path.join(bundles, format === 'esm' ? 'program.mjs' : 'program.cjs');
    const words = [source, '--bundle', '--platform=node', `--format=${format}`, `--outfile=${bundle}`, ...more];
    await runOrThrow('node_modules/.bin/esbuild', words, { cwd: elsewhere });
    await withTestDatabase(testServers()[0]!, async ({ url }) => {
      const said = await runOrThrow(process.execPath, [bundle], { cwd: bundles, env: { DATABASE: url } });
      expect(JSON.parse(said)).toEqual({ verified: true, inserted: 6, kind: 'reserved' });
    });
    await rm(bundles, { recursive: true });
  });
});

/** CommonJS has no await outside of functions: the program's imports become those of a function. */
function importsLast(program: string): string {
  return program.replace(/import (\{.*?\}) from ('.*?');/g, 'const $1 = await import($2);');
}
