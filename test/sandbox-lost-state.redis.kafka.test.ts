import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import {
  type Sandbox,
  type SandboxOptions,
  acquireSandbox,
  sandboxReset,
  sandboxStatus,
  sandboxUp,
} from 'tablepick/sandbox';
import { afterAll, describe, expect, it } from 'vitest';

import { endClient, isProcess } from './support/sandbox-processes.js';

const INSTANCE = `sandbox-lost-${process.pid}`;

describe.each(['mariadb', 'redis', 'kafka'] as const)('the %s sandbox whose state file is broken', (engine) => {
  const options: SandboxOptions = { engine, instance: INSTANCE };
  const sandboxes: Sandbox[] = [];

  afterAll(async () => {
    for (const sandbox of sandboxes) await sandbox.release();
    const { dataDir } = await sandboxReset(options);
    rmSync(dirname(dirname(dataDir)), { recursive: true, force: true });
  });

  async function breakState(): Promise<void> {
    const { dataDir } = await sandboxStatus(options);
    writeFileSync(join(dirname(dataDir), 'server.json'), '{');
  }

  it('is known by its process: told as running, and used by the next command', async () => {
    const before = await sandboxUp(options);
    await breakState();
    const { pid, url, port, source, path } = before;
    expect(await sandboxStatus(options)).toMatchObject({ state: 'running', pid, url, port, source, path });
    sandboxes.push(await acquireSandbox(options));
    expect(sandboxes[0]).toMatchObject({ pid, url, version: before.version });
  });

  it('is not deleted under its users, nor under a server that runs: that is stopped first', async () => {
    await breakState();
    await expect(sandboxReset(options)).rejects.toMatchObject({ code: 'SANDBOX_FAILED' });
    const { pid, dataDir } = sandboxes[0]!;
    expect([isProcess(pid), existsSync(dataDir)]).toEqual([true, true]);
    await sandboxes.pop()!.release();
    await breakState();
    expect(await sandboxReset(options)).toMatchObject({ state: 'empty' });
    expect([isProcess(pid), existsSync(dataDir)]).toEqual([false, false]);
  });

  it('is not deleted under a process that has its files open, whatever that is called', async () => {
    const { dataDir } = await sandboxUp(options);
    const file = join(dataDir, 'read-by-another');
    writeFileSync(file, 'kept');
    const reader: ChildProcess = spawn('sleep', ['600'], { stdio: [openSync(file, 'r'), 'ignore', 'ignore'] });
    try {
      await once(reader, 'spawn');
      await expect(sandboxReset(options)).rejects.toMatchObject({
        code: 'SANDBOX_FAILED',
        message: expect.stringContaining(`pid ${reader.pid} works on`) as string,
      });
      expect(readFileSync(file, 'utf8')).toBe('kept');
    } finally {
      await endClient(reader, 'SIGKILL');
    }
    expect(await sandboxReset(options)).toMatchObject({ state: 'empty' });
  });
});

it('what lies where a server would be fetched to, and was not fetched, is left as it is', async () => {
  const home = mkdtempSync(join(tmpdir(), 'tablepick-foreign-'));
  const mine = join(home, 'servers/redis/mine.txt');
  mkdirSync(dirname(mine), { recursive: true });
  writeFileSync(mine, 'mine');
  try {
    await expect(acquireSandbox({ engine: 'redis', home, source: 'package' })).rejects.toMatchObject({
      code: 'SANDBOX_UNAVAILABLE',
      message: expect.stringContaining('was not fetched by tablepick') as string,
    });
    expect(readFileSync(mine, 'utf8')).toBe('mine');
  } finally {
    rmSync(home, { recursive: true });
  }
});
