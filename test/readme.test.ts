import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';

import { sandboxDown } from 'tablepick/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type ReadmeCommand, commandsOf, readBlocks, substitute } from './support/readme-blocks.js';
import { runOrThrow, runProgram } from './support/run-program.js';
import { type TestDatabase, createTestDatabase, testServer, withConnection } from './support/servers.js';

const RUN_BY_CI = 'run by .ci/run';
const PASSWORD = 'correct horse';

const repository = process.cwd();
const blocks = await readBlocks('README.md');
const ciBlocks = blocks.filter((block) => block.directives.includes(RUN_BY_CI));
const runnableBlocks = blocks.filter((block) => /^(sh|ts)$/.test(block.language) && !ciBlocks.includes(block));

let reader: string;
let home: string;
let database: TestDatabase;
let values: Record<string, string>;

/** A reader's folder with the package installed, a sandbox home of its own, and a user with a password on a server. */
beforeAll(async () => {
  reader = await mkdtemp(path.join(tmpdir(), 'tablepick-reader-'));
  home = path.join(reader, 'home');
  await mkdir(path.join(reader, 'node_modules/.bin'), { recursive: true });
  await symlink(repository, path.join(reader, 'node_modules/tablepick'));
  await symlink(path.join(repository, 'bin/tablepick.js'), path.join(reader, 'node_modules/.bin/tablepick'));
  await shareFetchedServers();
  database = await createTestDatabase(testServer('mysql'));
  values = { 'server url': await createUser(database), 'password file': path.join(reader, 'password') };
  await writeFile(path.join(reader, 'password'), `${PASSWORD}\n`);
});

afterAll(async () => {
  for (const engine of ['mysql', 'mariadb', 'redis'] as const) await sandboxDown({ home, engine });
  await dropUser(database);
  await database.drop();
  await rm(reader, { recursive: true, force: true });
});

describe('README', () => {
  it('has no block that nobody runs', () => {
    expect(blocks.length).toBeGreaterThan(ciBlocks.length);
    expect(runnableBlocks.length + ciBlocks.length).toBe(blocks.length);
  });

  it.each(ciBlocks)('has in line $line commands that .ci/run runs word for word', async ({ text }) => {
    const ci = await readFile('.ci/run', 'utf8');
    const missing = commandsOf(text).filter((command) => !ci.includes(`'${command.text}'`));
    expect(missing).toEqual([]);
  });

  it.each(runnableBlocks)(
    '$heading (line $line): does what it says',
    async (block) => {
      const text = substitute(block, values);
      await (block.language === 'sh' ? runCommands(text) : runExample(text));
    },
    600_000,
  );
});

async function runCommands(text: string): Promise<void> {
  const commands = commandsOf(text);
  const env = { TABLEPICK_HOME: home, TABLEPICK_DATABASE_URL: undefined, TABLEPICK_REDIS_URL: undefined, OUT: reader };
  const script = commands.map(asScript).join('\n');
  const { code, stdout, stderr } = await runProgram('bash', ['-c', script], { cwd: reader, env });
  expect(code, `${stdout}${stderr}`).toBe(0);
  for (const [index, { prints }] of commands.entries()) {
    if (prints) expect(await readFile(path.join(reader, `out-${index}`), 'utf8')).toMatch(prints);
  }
}

/** Runs the command in the shell itself, so that `export` lasts to the end of the block. */
function asScript({ text, exitCode }: ReadmeCommand, index: number): string {
  return `{ ${text}
} > "$OUT/out-${index}"; code=$?; cat "$OUT/out-${index}"
[ $code = ${exitCode} ] || { echo "exit code $code instead of ${exitCode}: ${text.replaceAll(/["$`\\]/g, '\\$&')}" >&2; exit 1; }`;
}

async function runExample(text: string): Promise<void> {
  await writeFile(path.join(reader, 'example.mts'), text);
  const modules = path.join(repository, 'node_modules');
  const options = ['--strict', '--target', 'es2023', '--module', 'nodenext'];
  const types = ['--types', 'node', '--typeRoots', path.join(modules, '@types')];
  const tsc = path.join(modules, 'typescript/bin/tsc');
  await runOrThrow(process.execPath, [tsc, ...options, ...types, 'example.mts'], { cwd: reader });
  await runOrThrow(process.execPath, ['example.mjs'], { cwd: reader, env: { TABLEPICK_HOME: home } });
}

async function shareFetchedServers(): Promise<void> {
  const cache = process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache');
  const servers = path.join(process.env['TABLEPICK_HOME'] ?? path.join(cache, 'tablepick'), 'servers');
  await mkdir(servers, { recursive: true });
  await mkdir(home);
  await symlink(servers, path.join(home, 'servers'));
}

async function createUser({ url, name }: TestDatabase): Promise<string> {
  await withConnection(url, async (connection) => {
    await connection.query(`CREATE USER '${name}'@'%' IDENTIFIED BY '${PASSWORD}'`);
    await connection.query(`GRANT ALL ON \`${name}\`.* TO '${name}'@'%'`);
  });
  const address = new URL(url);
  [address.username, address.password] = [name, ''];
  return address.href;
}

async function dropUser({ url, name }: TestDatabase): Promise<void> {
  await withConnection(url, (connection) => connection.query(`DROP USER '${name}'@'%'`));
}
