import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

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

import { askKafka, readMessages, sendMessage } from './support/kafka-clients.js';
import { forget, isListening, portOf, serversOn } from './support/kafka-sandbox.js';
import { runCli } from './support/run-cli.js';
import { endClient, isProcess, runClient, use, waitUntil } from './support/sandbox-processes.js';
import { testKafkaUrl, testServer } from './support/servers.js';

const INSTANCE = `sandbox-kafka-${process.pid}`;
const options: SandboxOptions = { engine: 'kafka', instance: INSTANCE };

describe('the kafka sandbox', () => {
  const clients: ChildProcess[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) await endClient(client, 'SIGKILL');
    await sandboxDown(options);
    expect(await sandboxStatus(options)).toMatchObject({ state: expect.stringMatching(/stopped|empty/), userPids: [] });
  });

  afterAll(() => forget(options));

  async function startClient(): Promise<ChildProcess> {
    const client = runClient(options);
    clients.push(client);
    await once(client.stdout!, 'data');
    return client;
  }

  test('is left up without users until it is taken down; its URL holds the password', async () => {
    const up = await sandboxUp(options);
    expect(up).toMatchObject({ engine: 'kafka', state: 'running', keptUp: true, userPids: [], socketPath: undefined });
    expect(up.url).toMatch(/^kafka:\/\/tablepick:[\w-]{32}@127\.0\.0\.1:\d+$/);
    expect(up.version).toMatch(/^4\.\d+\.\d+/);
    const sandbox = await acquireSandbox(options);
    expect(sandbox).toMatchObject({ pid: up.pid, url: up.url });
    await sandbox.release();
    expect(await sandboxStatus(options)).toMatchObject({ state: 'running', pid: up.pid });
    expect(await sandboxDown(options)).toMatchObject({ state: 'stopped', keptUp: false });
    expect(isProcess(up.pid!)).toBe(false);
  });

  test('is one node on loopback, with single-node settings, that makes no topic by itself', async () => {
    await use(options, async (url) => {
      const cluster = await askKafka(url, (admin) => admin.describeCluster());
      expect(cluster.brokers).toEqual([{ nodeId: 1, host: '127.0.0.1', port: portOf(url) }]);
      expect(await isListening('127.0.0.2', portOf(url))).toBe(false);
      await sendMessage(url, 'settings', 'first');
      expect(await askKafka(url, (admin) => admin.fetchTopicOffsets('settings'))).toHaveLength(6);
      await expect(askKafka(url, (admin) => admin.fetchTopicOffsets('misspelt'))).rejects.toMatchObject({
        cause: { type: 'UNKNOWN_TOPIC_OR_PARTITION' },
      });
      expect(await askKafka(url, (admin) => admin.listTopics())).not.toContain('misspelt');
    });
  });

  test('keeps topics, messages and its address from start to start', async () => {
    const first = await use(options, async (url) => {
      await sendMessage(url, 'kept', 'one');
      return url;
    });
    await use(options, async (url) => {
      expect(url).toBe(first);
      expect(await readMessages(url, 'kept', 1)).toEqual(['one']);
    });
  });

  test('takes another port when a foreign program listens on its old one, with its messages', async () => {
    const before = await use(options, async (url) => {
      await sendMessage(url, 'moved', 'one');
      return url;
    });
    const foreign = createServer((socket) => socket.destroy()).listen(portOf(before), '127.0.0.1');
    try {
      await once(foreign, 'listening');
      await use(options, async (url) => {
        expect(url).not.toBe(before);
        await sendMessage(url, 'moved', 'two');
        expect(await readMessages(url, 'moved', 2)).toEqual(['one', 'two']);
      });
    } finally {
      foreign.close();
    }
  });

  test('comes back with its acknowledged messages after the server was killed', async () => {
    const sandbox = await acquireSandbox(options);
    try {
      await sendMessage(sandbox.url, 'survivor', 'acknowledged');
      process.kill(sandbox.pid, 'SIGKILL');
      await use(options, async (url) => {
        expect(await readMessages(url, 'survivor', 1)).toEqual(['acknowledged']);
      });
    } finally {
      await sandbox.release();
    }
    expect((await sandboxStatus(options)).state).toBe('stopped');
  });

  test('serves all who ask for it at once with one server, which the last one stops', async () => {
    const client = startClient();
    const sandboxes = await Promise.all([acquireSandbox(options), acquireSandbox(options), acquireSandbox(options)]);
    await client;
    expect(new Set(sandboxes.map((sandbox) => sandbox.pid)).size).toBe(1);
    for (const sandbox of sandboxes) await sandbox.release();
    expect((await sandboxStatus(options)).state).toBe('running');
    await endClient(await client, 'SIGKILL');
    const events: SandboxEvent[] = [];
    const last = await acquireSandbox({ ...options, onEvent: (event) => events.push(event) });
    expect(last.pid).toBe(sandboxes[0].pid);
    expect(events.map((event) => event.kind)).toEqual(['adopted']);
    await last.release();
    expect((await sandboxStatus(options)).state).toBe('stopped');
  });

  test('leaves nothing running when the command that starts it is stopped', async () => {
    const { dataDir } = await sandboxStatus(options);
    for (const afterMs of [0, 150, 700, 1400]) {
      if (afterMs === 700) await sandboxReset(options);
      const failure = acquireSandbox({ ...options, signal: AbortSignal.timeout(afterMs) });
      const sandbox = await failure.catch((error: unknown) => error);
      if (sandbox instanceof Error) expect(sandbox).toMatchObject({ code: 'ABORTED' });
      else await (sandbox as Awaited<typeof failure>).release();
      await waitUntil(() => serversOn(dataDir).length === 0);
    }
  });

  test('another Kafka on its port is not taken for it', async () => {
    const up = await sandboxUp(options);
    const statePath = join(dirname(up.dataDir), 'server.json');
    const state = JSON.parse(readFileSync(statePath, 'utf8')) as object;
    writeFileSync(statePath, JSON.stringify({ ...state, port: portOf(testKafkaUrl()) }));
    try {
      const failure = acquireSandbox({ ...options, signal: AbortSignal.timeout(500) });
      await expect(failure).rejects.toMatchObject({ code: 'ABORTED' });
    } finally {
      writeFileSync(statePath, JSON.stringify(state));
    }
  });

  test('is empty after a reset, which is refused while someone uses it', async () => {
    const sandbox = await acquireSandbox(options);
    await sendMessage(sandbox.url, 'doomed', 'one');
    await expect(sandboxReset(options)).rejects.toMatchObject({ code: 'SANDBOX_FAILED' });
    await sandbox.release();
    expect(await sandboxReset(options)).toMatchObject({ state: 'empty' });
    await use(options, async (url) => {
      expect(await askKafka(url, (admin) => admin.listTopics())).toEqual([]);
    });
  });

  test('says what its log says when it does not start', async () => {
    const failure = acquireSandbox({ ...options, serverOptions: ['--no-such-option=1'] });
    await expect(failure).rejects.toMatchObject({
      code: 'SANDBOX_FAILED',
      message: expect.stringContaining('no-such-option') as string,
      hint: expect.stringContaining('server.log') as string,
    });
  });
});

describe('in a home of its own', () => {
  const folders: string[] = [];

  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  function makeFolder(prefix: string): string {
    const folder = mkdtempSync(join(tmpdir(), prefix));
    folders.push(folder);
    return folder;
  }

  test('whose name has spaces, commas, quotes and backslashes, it runs and stops', async () => {
    const home = makeFolder('tablepick "a, b\\c" ');
    symlinkSync(await serversFolder(), join(home, 'servers'));
    await use({ engine: 'kafka', home }, (url) => sendMessage(url, 'there', 'one'));
    await use({ engine: 'kafka', home }, async (url) => {
      expect(await readMessages(url, 'there', 1)).toEqual(['one']);
    });
    const { dataDir, state } = await sandboxStatus({ engine: 'kafka', home });
    expect(state).toBe('stopped');
    expect(readdirSync(dataDir).filter((name) => name.startsWith('there-'))).toHaveLength(6);
  });

  test('an installed distribution is used by its jars, as KAFKA_HOME names it', async () => {
    const distribution = makeFolder('tablepick-kafka-');
    const script = join(distribution, 'bin/kafka-server-start.sh');
    mkdirSync(dirname(script));
    writeFileSync(script, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    symlinkSync(join(await serversFolder(), 'kafka/root/libs'), join(distribution, 'libs'));
    const home = makeFolder('tablepick-home-');
    await withEnvironment({ KAFKA_HOME: distribution }, () =>
      use({ engine: 'kafka', home, source: 'installed' }, async (url) => {
        await sendMessage(url, 'there', 'one');
        expect(await sandboxStatus({ engine: 'kafka', home })).toMatchObject({ source: 'installed', path: script });
      }),
    );
  });

  test('without Kafka, Java and Docker, it says what to install', async () => {
    const home = makeFolder('tablepick-home-');
    symlinkSync(await serversFolder(), join(home, 'servers'));
    await withEnvironment({ PATH: makeFolder('tablepick-path-'), JAVA_HOME: undefined }, async () => {
      await expect(acquireSandbox({ engine: 'kafka', home })).rejects.toMatchObject({
        code: 'SANDBOX_UNAVAILABLE',
        hint: expect.stringMatching(/kafka-server-start\.sh.*Java 17 or later and Maven.*Docker/) as string,
      });
    });
  });
});

test('the command tells its URL, other commands log in, and it is down and empty when told so', async () => {
  const env = { TABLEPICK_SANDBOX: `${INSTANCE}-cli` };
  const sandbox = (...words: string[]) => runCli(['sandbox', ...words], env);
  expect((await sandbox('up', 'kafka')).stdout).toMatch(
    /^engine +kafka\nstate +running, left up\nurl +kafka:\/\/tablepick:\*\*\*@127\.0\.0\.1:\d+$/m,
  );
  expect((await sandbox('url', 'kafka')).stdout).toMatch(/^kafka:\/\/tablepick:[\w-]{32}@127\.0\.0\.1:\d+\n$/);
  const words = ['consume', 'no-such-topic', '--transport', 'kafka', '--url', testServer('mysql').url + '/mysql'];
  expect((await runCli(words, env)).stderr).toMatch(/the sandbox serves, kafka[^]*\nerror: .*no-such-topic/);
  expect((await sandbox('status')).stdout).toMatch(/^engine +(mysql|mariadb)\n[^]*\n\nengine +kafka\nstate +running/);
  expect((await sandbox('down', 'kafka')).stdout).toMatch(/^state +stopped$/m);
  expect((await sandbox('reset', 'kafka', '--yes')).stdout).toMatch(/^state +empty$/m);
  await forget({ engine: 'kafka', instance: env.TABLEPICK_SANDBOX });
});

/** Where the servers of the usual home lie; Kafka was fetched into it when this run began. */
async function serversFolder(): Promise<string> {
  const { dataDir } = await sandboxStatus({ engine: 'kafka' });
  return resolve(dataDir, '../../../../servers');
}

async function withEnvironment(changes: NodeJS.ProcessEnv, work: () => Promise<unknown>): Promise<void> {
  const before = { ...process.env };
  for (const [name, value] of Object.entries(changes)) setVariable(name, value);
  try {
    await work();
  } finally {
    for (const name of Object.keys(changes)) setVariable(name, before[name]);
  }
}

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
