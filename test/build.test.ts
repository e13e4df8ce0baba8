import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
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

  it('with --clean removes what is not built any more, also what a killed build left', async () => {
    for (const name of ['gone.js', 'main.js.1.draft']) await writeFile(path.join(folder, 'dist', name), 'old');
    await writeFile(path.join(folder, 'dist.lock'), '4194305');
    expect((await build()).code).toBe(0);
    const names = Object.keys(await readBuilt());
    expect(names).toContain('database/schema/0001.sql');
    expect(names.filter((name) => /gone|draft/.test(name))).toEqual([]);
  });
});

async function writeSource(text: string): Promise<void> {
  const names = Array.from({ length: MODULES }, (_, at) => `part-${at}`);
  const parts = names.map((name) => writeFile(path.join(folder, `src/${name}.ts`), `export const text = '${text}';\n`));
  const loads = names.map((name) => `console.log((await import('./${name}.js')).text);\n`);
  await Promise.all([...parts, writeFile(path.join(folder, 'src/main.ts'), `${CONSOLE}${loads.join('')}`)]);
}

function build() {
  return runProgram(process.execPath, [path.resolve('scripts/build.mjs'), '--clean'], { cwd: folder });
}

function startBuild() {
  return spawn(process.execPath, [path.resolve('scripts/build.mjs'), '--clean'], { cwd: folder, stdio: 'ignore' });
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
