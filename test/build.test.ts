import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { runProgram } from './support/run-program.js';

const MODULES = 30;
const CONSOLE = 'export {};\ndeclare const console: { log(text: string): void };\n';

let folder: string;

/** A project that is built as this one is: a program of many modules, of which one is loaded late. */
beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'tablepick-build-test-')));
  await mkdir(path.join(folder, 'src/database/schema'), { recursive: true });
  await writeFile(path.join(folder, 'src/database/schema/0001.sql'), 'SELECT 1;\n');
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
  await cp('tsconfig.build.json', path.join(folder, 'tsconfig.build.json'));
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023'],
    module: 'nodenext',
    strict: true,
    types: [],
    skipLibCheck: true,
  };
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  await writeSource('first');
  expect((await build()).code).toBe(0);
});

beforeEach(() => writeSource('first'));

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a build', () => {
  it('goes on beside whoever runs what was built: no module is ever missing, whether it changes or not', async () => {
    const runs = { ended: 0, failed: [] as string[] };
    for (const text of ['first', 'second']) {
      await writeSource(text);
      const building = startBuild();
      while (building.exitCode === null) {
        const { code, stdout, stderr } = await runProgram(process.execPath, ['dist/main.js'], { cwd: folder });
        runs.ended += 1;
        if (code !== 0) runs.failed.push(`${stdout}${stderr}`);
      }
      expect(building.exitCode).toBe(0);
    }
    expect(runs.failed).toEqual([]);
    expect(runs.ended).toBeGreaterThan(2);
    const { stdout } = await runProgram(process.execPath, ['dist/main.js'], { cwd: folder });
    expect(stdout).toBe('second\n'.repeat(MODULES));
  });

  it('that fails leaves the last one as it was', async () => {
    const before = await readBuilt();
    await writeSource('third');
    await writeFile(path.join(folder, 'src/wrong.ts'), 'export const wrong: number = "text";\n');
    const { code, stdout } = await build();
    expect(await build()).toMatchObject({ code: 1 });
    await rm(path.join(folder, 'src/wrong.ts'));
    expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringContaining('wrong.ts') });
    expect(await readBuilt()).toEqual(before);
  });

  it('beside another one is whole, as the other is', async () => {
    await writeSource('fourth');
    const builds = [startBuild(), startBuild()];
    const ends = await Promise.all(builds.map((each) => once(each, 'exit')));
    expect(ends.map(([code]) => code as number)).toEqual([0, 0]);
    const { stdout } = await runProgram(process.execPath, ['dist/main.js'], { cwd: folder });
    expect(stdout).toBe('fourth\n'.repeat(MODULES));
    expect((await readdir(folder)).filter((name) => name.includes('lock'))).toEqual([]);
  });

  it('removes what is not built any more, also what a killed build left', async () => {
    for (const name of ['gone.js', 'main.js.1.draft']) await writeFile(path.join(folder, 'dist', name), 'old');
    await writeFile(path.join(folder, 'dist.lock'), '4194305');
    expect((await build()).code).toBe(0);
    const names = Object.keys(await readBuilt());
    expect(names).toContain('database/schema/0001.sql');
    expect(names.filter((name) => /gone|draft/.test(name))).toEqual([]);
  });

  it('of sources that have not changed does nothing, also when only a test beside them has', async () => {
    expect((await build()).code).toBe(0);
    const before = await writtenAt();
    await writeFile(path.join(folder, 'src/part-1.test.ts'), "import './part-1.js';\n");
    expect((await build()).code).toBe(0);
    expect(await writtenAt()).toEqual(before);
  });

  it.each([
    ['a module that is gone', () => rm(path.join(folder, 'dist/part-1.js'))],
    ['a module that somebody wrote to', () => writeFile(path.join(folder, 'dist/part-1.js'), 'old')],
    ['a module that is gone from where tsc keeps it, too', () => removeEverywhere('part-1.js')],
    ['the stamp that is gone', () => rm(path.join(folder, 'dist/.build-stamp'))],
  ])('repairs %s', async (_what, harm) => {
    expect((await build()).code).toBe(0);
    const whole = await readBuilt();
    await harm();
    expect((await build()).code).toBe(0);
    expect(await readBuilt()).toEqual(whole);
  });

  it('after one source has changed compiles that one alone, and writes no other file', async () => {
    await writeFile(path.join(folder, 'src/part-7.ts'), "export const text = 'first, of seven';\n");
    expect((await build()).code).toBe(0);
    const before = await writtenAt();
    await writeFile(path.join(folder, 'src/part-7.ts'), "export const text = 'fifth, of seven';\n");
    expect((await build()).code).toBe(0);
    const after = await writtenAt();
    const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
    expect(changed.sort()).toEqual(['.build-stamp', 'part-7.d.ts', 'part-7.js']);
  });

  it('sees a change of the schema, and of the settings of the compiler', async () => {
    expect((await build()).code).toBe(0);
    await writeFile(path.join(folder, 'src/database/schema/001_more.sql'), 'SELECT 2;\n');
    expect((await build()).code).toBe(0);
    expect((await readBuilt())['database/schema-texts.js']).toContain('SELECT 2');
    const settings = path.join(folder, 'tsconfig.json');
    const before = await readFile(settings, 'utf8');
    await writeFile(settings, before.replace('"strict":true', '"strict":true,"removeComments":true'));
    await writeFile(path.join(folder, 'src/part-2.ts'), "/** Said here. */\nexport const text = 'first';\n");
    expect((await build()).code).toBe(0);
    expect((await readBuilt())['part-2.js']).not.toContain('Said here');
  });
});

async function writeSource(text: string): Promise<void> {
  const names = Array.from({ length: MODULES }, (_, at) => `part-${at}`);
  const parts = names.map((name) => writeFile(path.join(folder, `src/${name}.ts`), `export const text = '${text}';\n`));
  const loads = names.map((name) => `console.log((await import('./${name}.js')).text);\n`);
  await Promise.all([...parts, writeFile(path.join(folder, 'src/main.ts'), `${CONSOLE}${loads.join('')}`)]);
}

function build() {
  return runProgram(process.execPath, [path.resolve('scripts/build.mjs')], { cwd: folder });
}

function startBuild() {
  return spawn(process.execPath, [path.resolve('scripts/build.mjs')], { cwd: folder, stdio: 'ignore' });
}

async function removeEverywhere(name: string): Promise<void> {
  for (const place of ['dist', '.build/dist']) await rm(path.join(folder, place, name));
}

/** When each file of dist/ was written, by its name. */
async function writtenAt(): Promise<Record<string, number>> {
  const names = Object.keys(await readBuilt());
  const times = names.map(async (name) => [name, (await stat(path.join(folder, 'dist', name))).mtimeMs] as const);
  return Object.fromEntries(await Promise.all(times));
}

async function readBuilt(): Promise<Record<string, string>> {
  const dist = path.join(folder, 'dist');
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const texts = files
    .toSorted()
    .map(async (file) => [path.relative(dist, file), await readFile(file, 'utf8')] as const);
  return Object.fromEntries(await Promise.all(texts));
}
