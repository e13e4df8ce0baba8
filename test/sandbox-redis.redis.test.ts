import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import {
  acquireSandbox,
  listSandboxes,
  sandboxDown,
  sandboxReset,
  sandboxStatus,
  sandboxUp,
  type SandboxOptions,
} from 'tablepick/sandbox';
import { afterAll, describe, expect, test } from 'vitest';

import { askRedis, use } from './support/sandbox-processes.js';

const INSTANCE = `sandbox-redis-${process.pid}`;

describe('the redis sandbox as a cache and a lock server', () => {
  const options: SandboxOptions = { engine: 'redis', instance: INSTANCE };

  afterAll(async () => {
    const { dataDir } = await sandboxReset(options);
    rmSync(dirname(dirname(dataDir)), { recursive: true, force: true });
  });

  test('listens on loopback only, writes nothing to disk, and forgets all when it ends', async () => {
    await use(options, async (url) => {
      expect(await askRedis(url, 'CONFIG', 'GET', 'bind')).toEqual(['bind', '127.0.0.1']);
      expect(await askRedis(url, 'CONFIG', 'GET', 'save')).toEqual(['save', '']);
      expect(await askRedis(url, 'CONFIG', 'GET', 'appendonly')).toEqual(['appendonly', 'no']);
      expect(await askRedis(url, 'SET', 'kept', 'no')).toBe('OK');
    });
    await use(options, async (url) => expect(await askRedis(url, 'DBSIZE')).toBe(0));
  });

  test('comes back, empty, after the server was killed', async () => {
    const sandbox = await acquireSandbox(options);
    await askRedis(sandbox.url, 'SET', 'kept', 'no');
    process.kill(sandbox.pid, 'SIGKILL');
    await use(options, async (url) => expect(await askRedis(url, 'DBSIZE')).toBe(0));
    await sandbox.release();
    expect((await sandboxStatus(options)).state).toBe('stopped');
  });

  test('is up for its user although an option gives it another password', async () => {
    const sandbox = await acquireSandbox({ ...options, serverOptions: ['--requirepass secret'] });
    try {
      await expect(askRedis(sandbox.url, 'PING')).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
      const url = new URL(sandbox.url);
      url.password = 'secret';
      expect(await askRedis(url.href, 'PING')).toBe('PONG');
    } finally {
      await sandbox.release();
    }
  });

  test('is never what serves as the database when none is named', async () => {
    const unnamed = { instance: INSTANCE };
    await sandboxUp(options);
    try {
      expect((await sandboxStatus(unnamed)).engine).not.toBe('redis');
      expect(listSandboxes(unnamed)).toMatchObject([{ engine: 'redis', state: 'running', keptUp: true }]);
    } finally {
      await sandboxDown(options);
    }
  });
});

test('a home may have spaces, quotes and backslashes in its name', async () => {
  const home = mkdtempSync(join(tmpdir(), 'tablepick "a b\\c" '));
  const { dataDir } = await sandboxStatus({ engine: 'redis' });
  symlinkSync(resolve(dataDir, '../../../../servers'), join(home, 'servers'));
  try {
    await use({ engine: 'redis', home }, async (url) => {
      expect(await askRedis(url, 'CONFIG', 'GET', 'dir')).toEqual(['dir', expect.stringContaining(home)]);
    });
    expect((await sandboxStatus({ engine: 'redis', home })).state).toBe('stopped');
  } finally {
    rmSync(home, { recursive: true });
  }
});
