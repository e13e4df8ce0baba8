import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  acquireSandbox,
  sandboxDown,
  sandboxReset,
  sandboxStatus,
  sandboxUp,
  type SandboxEvent,
  type SandboxOptions,
} from 'tablepick/sandbox';
import { afterAll, afterEach, describe, expect, test } from 'vitest';

import {
  answers,
  ask,
  endClient,
  isProcess,
  runClient,
  serversOn,
  startTimeOf,
  use,
  waitUntil,
} from './support/sandbox-processes.js';

const INSTANCE = `sandbox-test-${process.pid}`;

describe.each(['mariadb', 'mysql', 'redis'] as const)('the %s sandbox', (engine) => {
  const options: SandboxOptions = { engine, instance: INSTANCE };
  const clients: ChildProcess[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) await endClient(client, 'SIGKILL');
    await sandboxDown(options);
    expect(await sandboxStatus(options)).toMatchObject({ state: expect.stringMatching(/stopped|empty/), userPids: [] });
  });

  afterAll(async () => {
    const { dataDir } = await sandboxReset(options);
    rmSync(dirname(dirname(dataDir)), { recursive: true, force: true });
  });

  /** A process that acquires the sandbox, says so, and holds it until it is told to end. */
  async function startClient(ending = ''): Promise<ChildProcess> {
    const client = runClient(options, ending);
    clients.push(client);
    await once(client.stdout!, 'data');
    return client;
  }

  test('is left up without users until it is taken down', async () => {
    const up = await sandboxUp(options);
    expect(up).toMatchObject({ engine, state: 'running', keptUp: true, userPids: [] });
    expect(await answers(up.url!)).toBe(true);
    const sandbox = await acquireSandbox(options);
    await sandbox.release();
    expect(await sandboxStatus(options)).toMatchObject({ state: 'running', pid: up.pid });
    expect(await sandboxDown(options)).toMatchObject({ state: 'stopped', keptUp: false });
    expect(isProcess(up.pid!)).toBe(false);
  });

  test('keeps its address while nobody else takes the port', async () => {
    const first = await use(options, async (url) => url);
    expect((await sandboxStatus(options)).state).toBe('stopped');
    expect(await use(options, async (url) => url)).toBe(first);
  });

  test('serves all who ask for it at once with one server, which the last one stops', async () => {
    const client = startClient();
    const sandboxes = await Promise.all([acquireSandbox(options), acquireSandbox(options), acquireSandbox(options)]);
    await client;
    expect(new Set(sandboxes.map((sandbox) => sandbox.pid)).size).toBe(1);
    expect((await sandboxStatus(options)).userPids).toHaveLength(2);
    for (const sandbox of sandboxes) await sandbox.release();
    expect((await sandboxStatus(options)).state).toBe('running');
    await endClient(await client, 'SIGTERM');
    const last = await acquireSandbox(options);
    expect(last.pid).toBe(sandboxes[0].pid);
    await last.release();
    await last.release();
    expect((await sandboxStatus(options)).state).toBe('stopped');
  });

  test('is stopped by a process that exits without waiting', async () => {
    const client = await startClient('sandbox.releaseNow(); process.exit(0);');
    const { pid } = await sandboxStatus(options);
    client.stdin!.end();
    await once(client, 'exit');
    await waitUntil(() => !isProcess(pid!));
    // The next one must not adopt a server that is on its way out.
    await use(options, async (url) => expect(await answers(url)).toBe(true));
  });

  test('serves the next command while the server of the last one is still shutting down', async () => {
    const leaving = await acquireSandbox(options);
    leaving.releaseNow();
    await use(options, async (url) => expect(await answers(url)).toBe(true));
    expect(isProcess(leaving.pid)).toBe(false);
  });

  test('left behind by a killed client is adopted by the next command, which stops it', async () => {
    const client = await startClient();
    const { pid } = await sandboxStatus(options);
    await endClient(client, 'SIGKILL');
    expect(isProcess(pid!)).toBe(true);
    const events: SandboxEvent[] = [];
    const sandbox = await acquireSandbox({ ...options, onEvent: (event) => events.push(event) });
    expect(sandbox.pid).toBe(pid);
    expect(events.map((event) => event.kind)).toEqual(['adopted']);
    await sandbox.release();
    expect(isProcess(pid!)).toBe(false);
  });

  test('can be started after its starter was killed at any moment', async () => {
    for (const waitMs of [0, 60, 250, 500, 900]) {
      if (waitMs >= 500) await sandboxReset(options);
      const client = runClient(options);
      await sleep(150 + waitMs);
      await endClient(client, 'SIGKILL');
      await use(options, async (url) => expect(await answers(url)).toBe(true));
    }
    const { dataDir } = await sandboxStatus(options);
    expect(serversOn(dataDir)).toEqual([]);
  });

  test('never signals a process that was given the pid of its dead server', async () => {
    await use(options, async () => undefined);
    const foreign = spawn('sleep', ['600']);
    try {
      const statePath = join(dirname((await sandboxStatus(options)).dataDir), 'server.json');
      const state = JSON.parse(readFileSync(statePath, 'utf8')) as object;
      for (const startTime of ['long ago', startTimeOf(foreign.pid!)]) {
        writeFileSync(statePath, JSON.stringify({ ...state, pid: foreign.pid, startTime, stopping: false }));
        expect((await sandboxStatus(options)).state).toBe('stopped');
        await sandboxDown(options);
        await use(options, async (url) => expect(await answers(url)).toBe(true));
        expect(foreign.exitCode ?? foreign.signalCode).toBeNull();
      }
    } finally {
      await endClient(foreign, 'SIGKILL');
    }
  });

  test('takes another port when a foreign program listens on its old one', async () => {
    const port = Number(new URL(await use(options, async (url) => url)).port);
    const foreign = createServer().listen(port, '127.0.0.1');
    try {
      await once(foreign, 'listening');
      const taken = Number(new URL(await use(options, async (url) => url)).port);
      expect(taken).not.toBe((foreign.address() as AddressInfo).port);
    } finally {
      foreign.close();
    }
  });

  test('is empty after a reset, which is refused while someone uses it', async () => {
    const sandbox = await acquireSandbox(options);
    await expect(sandboxReset(options)).rejects.toMatchObject({ code: 'SANDBOX_FAILED' });
    await sandbox.release();
    expect(await sandboxReset(options)).toMatchObject({ state: 'empty' });
    await use(options, async (url) => expect(await answers(url)).toBe(true));
  });

  test('says what its log says when it does not start', async () => {
    const failure = acquireSandbox({ ...options, serverOptions: ['--no-such-option=1'] });
    await expect(failure).rejects.toMatchObject({
      code: 'SANDBOX_FAILED',
      message: expect.stringContaining('no-such-option') as string,
      hint: expect.stringContaining('server.log') as string,
    });
  });

  test('leaves nothing running when the command that starts it is stopped', async () => {
    for (const afterMs of [0, 50, 100, 150, 200, 250, 300, 350, 400]) {
      const failure = acquireSandbox({ ...options, signal: AbortSignal.timeout(afterMs) });
      const sandbox = await failure.catch((error: unknown) => error);
      if (sandbox instanceof Error) expect(sandbox).toMatchObject({ code: 'ABORTED' });
      else await (sandbox as Awaited<typeof failure>).release();
      const { dataDir } = await sandboxStatus(options);
      await waitUntil(() => serversOn(dataDir).length === 0);
    }
  });
});

describe.each(['mariadb', 'mysql'] as const)('the %s sandbox as a database', (engine) => {
  const options: SandboxOptions = { engine, instance: `${INSTANCE}-data` };

  afterAll(async () => {
    const { dataDir } = await sandboxReset(options);
    rmSync(dirname(dirname(dataDir)), { recursive: true, force: true });
  });

  test('loses no committed transaction by its settings, takes local files, and has no nameless account', async () => {
    await use(options, async (url) => {
      const [settings] = await ask(
        url,
        `SELECT @@innodb_flush_log_at_trx_commit AS flushed, @@sync_binlog AS synced, @@innodb_doublewrite AS doubled,
                @@local_infile AS local, @@bind_address AS bound, @@character_set_server AS charset`,
      );
      expect(settings).toMatchObject({ flushed: 1, synced: 1, local: 1, bound: '127.0.0.1', charset: 'utf8mb4' });
      expect(String(settings!['doubled'])).toMatch(/^(1|ON)$/);
      await expect(ask(url, "SELECT 1 INTO OUTFILE '/tmp/tablepick-outfile'")).rejects.toMatchObject({ errno: 1290 });
      expect(await ask(url, "SELECT user FROM mysql.user WHERE user = ''")).toEqual([]);
    });
  });

  test('keeps temporary tables where no other server deletes them', async () => {
    await use(options, async (url) => {
      const { dataDir } = await sandboxStatus(options);
      expect(await ask(url, 'SELECT @@tmpdir AS folder')).toEqual([{ folder: join(dirname(dataDir), 'tmp') }]);
    });
  });

  test('keeps its data from command to command, until it is reset', async () => {
    await use(options, (url) => ask(url, 'CREATE OR REPLACE VIEW kept AS SELECT 42 AS answer'));
    expect((await sandboxStatus(options)).state).toBe('stopped');
    await use(options, async (url) => expect(await ask(url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]));
    await sandboxReset(options);
    await use(options, async (url) => expect(await ask(url, 'SHOW TABLES')).toEqual([]));
  });

  test('comes back with its committed rows after the server was killed', async () => {
    const sandbox = await acquireSandbox(options);
    await ask(sandbox.url, 'CREATE TABLE IF NOT EXISTS survivor (id INT PRIMARY KEY)');
    await ask(sandbox.url, 'REPLACE INTO survivor VALUES (7)');
    process.kill(sandbox.pid, 'SIGKILL');
    await use(options, async (url) => expect(await ask(url, 'SELECT id FROM survivor')).toEqual([{ id: 7 }]));
    await sandbox.release();
    expect((await sandboxStatus(options)).state).toBe('stopped');
  });
});

test('an installed server that cannot initialise its data gives way to a package, also from then on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tablepick-confined-'));
  const confined = join(folder, 'mysqld');
  const script =
    '#!/bin/sh\ncase "$*" in *--version*) echo "mysqld  Ver 8.0.99 for Linux" ;; *) echo confined >&2; exit 1 ;; esac\n';
  writeFileSync(confined, script, { mode: 0o755 });
  const options: SandboxOptions = { engine: 'mysql', instance: `${INSTANCE}-confined` };
  const path = process.env['PATH'];
  process.env['PATH'] = `${folder}:${path}`;
  try {
    const events: SandboxEvent[] = [];
    await use({ ...options, onEvent: (event) => events.push(event) }, async (url) => {
      expect(await answers(url)).toBe(true);
    });
    expect(events).toContainEqual(expect.objectContaining({ kind: 'found', path: confined }));
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'unusable', path: confined, message: expect.stringContaining('confined') }),
    );
    await use(options, async () => undefined);
    expect((await sandboxStatus(options)).source).toBe('fetched-before');
  } finally {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true });
    const { dataDir } = await sandboxReset(options);
    rmSync(dirname(dirname(dataDir)), { recursive: true, force: true });
  }
});

test('an instance name that could leave the home folder is refused', async () => {
  await expect(acquireSandbox({ instance: '../elsewhere' })).rejects.toMatchObject({ code: 'BAD_OPTION' });
});
