import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';

import { listSandboxes, sandboxDown } from 'tablepick/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type ReadmeBlock, type ReadmeCommand, commandsOf, readBlocks, substitute } from './support/readme-blocks.js';
import { runOrThrow, runProgram } from './support/run-program.js';
import { type TestDatabase, createTestDatabase, testServer, withConnection } from './support/servers.js';

const RUN_BY_CI = 'run by .ci/run';
const PASSWORD = 'correct horse';
const GUIDES = 'docs/guide';

/** Packages that a reader has, because its own service uses them. */
const READERS_PACKAGES = ['fastify', 'prom-client'];

/** A folder of somebody who reads one document from top to bottom, in one terminal. */
interface Reader {
  folder: string;
  /** Of its sandbox: nothing is in it but the servers that were fetched before. */
  home: string;
}

const repository = process.cwd();
const guides = (await readdir(GUIDES)).filter((name) => name.endsWith('.md')).map((name) => path.join(GUIDES, name));
const documents = await Promise.all(
  ['README.md', ...guides.toSorted()].map(async (file) => ({ file, blocks: await readBlocks(file) })),
);

let database: TestDatabase;
let passwordFile: string;
let values: Record<string, string>;

/** A user with a password on a server, for the blocks that name a server of the reader's own. */
beforeAll(async () => {
  database = await createTestDatabase(testServer('mysql'));
  passwordFile = path.join(await mkdtemp(path.join(tmpdir(), 'tablepick-password-')), 'password');
  await writeFile(passwordFile, `${PASSWORD}\n`);
  values = { 'server url': await createUser(database), 'password file': passwordFile };
});

afterAll(async () => {
  await dropUser(database);
  await database.drop();
  await rm(path.dirname(passwordFile), { recursive: true, force: true });
});

describe.each(documents)('$file', ({ file, blocks }) => {
  const ciBlocks = blocks.filter((block) => block.directives.includes(RUN_BY_CI));
  const runnableBlocks = blocks.filter((block) => /^(sh|ts)$/.test(block.language) && !ciBlocks.includes(block));

  it('has no block that nobody runs', async () => {
    expect(runnableBlocks.length + ciBlocks.length).toBe(blocks.length);
    const fences = (await readFile(file, 'utf8')).match(/^ *(```|~~~)/gm) ?? [];
    expect(fences.length).toBe(2 * blocks.length);
  });

  it.each(ciBlocks)('has in line $line commands that .ci/run runs word for word', async ({ text }) => {
    const ci = await readFile('.ci/run', 'utf8');
    const missing = commandsOf(text).filter((command) => !ci.includes(`'${command.text}'`));
    expect(missing).toEqual([]);
  });

  if (runnableBlocks.length > 0) describeReading(runnableBlocks);
});

/** Each document is read by a reader of its own, so none relies on what another has set up. */
function describeReading(blocks: readonly ReadmeBlock[]): void {
  let reader: Reader;

  beforeAll(async () => {
    reader = await createReader();
  });

  afterAll(async () => {
    await stopServers(reader);
    await rm(reader.folder, { recursive: true, force: true });
  });

  it.each(blocks)(
    '$heading (line $line): does what it says',
    async (block) => {
      const text = substitute(block, values);
      await (block.language === 'sh' ? runCommands(text, reader) : runExample(text, reader));
    },
    600_000,
  );

  it('leaves no server running', async () => {
    expect(await runningServers(reader)).toEqual([]);
  });
}

async function createReader(): Promise<Reader> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tablepick-reader-'));
  const reader = { folder, home: path.join(folder, 'home') };
  await mkdir(path.join(folder, 'node_modules/.bin'), { recursive: true });
  await symlink(repository, path.join(folder, 'node_modules/tablepick'));
  await symlink(path.join(repository, 'bin/tablepick.js'), path.join(folder, 'node_modules/.bin/tablepick'));
  for (const name of READERS_PACKAGES) {
    await symlink(path.join(repository, 'node_modules', name), path.join(folder, 'node_modules', name));
  }
  await shareFetchedServers(reader);
  await writeFile(exportsOf(reader), '');
  return reader;
}

async function shareFetchedServers({ home }: Reader): Promise<void> {
  const cache = process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache');
  const servers = path.join(process.env['TABLEPICK_HOME'] ?? path.join(cache, 'tablepick'), 'servers');
  await mkdir(servers, { recursive: true });
  await mkdir(home);
  await symlink(servers, path.join(home, 'servers'));
}

/** What the terminal has exported so far, as a script. */
function exportsOf(reader: Reader): string {
  return path.join(reader.folder, 'exports');
}

async function runningServers({ home }: Reader): Promise<{ instance: string; engine: string }[]> {
  const instances = await readdir(path.join(home, 'instances'));
  return instances.flatMap((instance) =>
    listSandboxes({ home, instance })
      .filter(({ state }) => state === 'running')
      .map(({ engine }) => ({ instance, engine })),
  );
}

async function stopServers(reader: Reader): Promise<void> {
  for (const { instance, engine } of await runningServers(reader)) {
    await sandboxDown({ home: reader.home, instance, engine: engine as 'mysql' });
  }
}

async function runCommands(text: string, reader: Reader): Promise<void> {
  const commands = commandsOf(text);
  const env = {
    TABLEPICK_HOME: reader.home,
    TABLEPICK_DATABASE_URL: undefined,
    TABLEPICK_REDIS_URL: undefined,
    TABLEPICK_SANDBOX: undefined,
    OUT: reader.folder,
  };
  const lines = ['. "$OUT/exports"', ...commands.map(asScript), 'export -p > "$OUT/exports"'];
  const { code, stdout, stderr } = await runProgram('bash', ['-c', lines.join('\n')], { cwd: reader.folder, env });
  expect(code, `${stdout}${stderr}`).toBe(0);
  for (const [index, { prints }] of commands.entries()) {
    if (prints) expect(await readFile(path.join(reader.folder, `out-${index}`), 'utf8')).toMatch(prints);
  }
}

/** Runs the command in the shell itself, so that `export` lasts to the end of the document. */
function asScript({ text, exitCode }: ReadmeCommand, index: number): string {
  return `{ ${text}
} > "$OUT/out-${index}"; code=$?; cat "$OUT/out-${index}"
[ $code = ${exitCode} ] || { echo "exit code $code instead of ${exitCode}: ${text.replaceAll(/["$`\\]/g, '\\$&')}" >&2; exit 1; }`;
}

async function runExample(text: string, { folder, home }: Reader): Promise<void> {
  await writeFile(path.join(folder, 'example.mts'), text);
  const modules = path.join(repository, 'node_modules');
  const options = ['--strict', '--target', 'es2023', '--module', 'nodenext'];
  const types = ['--types', 'node', '--typeRoots', path.join(modules, '@types')];
  const tsc = path.join(modules, 'typescript/bin/tsc');
  await runOrThrow(process.execPath, [tsc, ...options, ...types, 'example.mts'], { cwd: folder });
  await runOrThrow(process.execPath, ['example.mjs'], { cwd: folder, env: { TABLEPICK_HOME: home } });
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
