import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { acquireSandbox, sandboxDown, sandboxReset, sandboxStatus, type SandboxOptions } from 'tablepick/sandbox';
import { afterAll, afterEach, describe, expect, test } from 'vitest';

import { isShare } from '../support/fire-share.js';
import { askKafka, sendMessage } from '../support/kafka-clients.js';
import { forget, isListening, portOf, serversOn } from '../support/kafka-sandbox.js';
import { endClient, isProcess, runClient, use } from '../support/sandbox-processes.js';

const INSTANCE = `fire-kafka-${process.pid}`;
const options: SandboxOptions = { engine: 'kafka', instance: INSTANCE };

// Most of it is shown in any case of the databases' sandboxes, which are the same but for the server.
describe.skipIf(isShare)('the kafka sandbox under fire', () => {
  afterEach(() => sandboxDown(options));
  afterAll(() => forget(options));

  test('is stopped by a process that exits without waiting, and serves the next one that asks meanwhile', async () => {
    const client = runClient(options, 'sandbox.releaseNow(); process.exit(0);');
    await once(client.stdout!, 'data');
    const { pid } = await sandboxStatus(options);
    client.stdin!.end();
    await once(client, 'exit');
    await use(options, async (url) => expect(await isListening('127.0.0.1', portOf(url))).toBe(true));
    expect(isProcess(pid!)).toBe(false);
  });

  test('can be started after its starter was killed at any moment', async () => {
    for (const waitMs of [200, 600, 1200, 1900]) {
      if (waitMs === 600) await sandboxReset(options);
      const client = runClient(options);
      await sleep(waitMs);
      await endClient(client, 'SIGKILL');
      await use(options, (url) => askKafka(url, (admin) => admin.listTopics()));
    }
    expect(serversOn((await sandboxStatus(options)).dataDir)).toEqual([]);
  });

  test('two instances started at once do not collide', async () => {
    const both = [`${INSTANCE}-a`, `${INSTANCE}-b`].map((instance) => ({ ...options, instance }));
    try {
      const sandboxes = await Promise.all(both.map((each) => acquireSandbox(each)));
      expect(new Set(sandboxes.map(({ port }) => port)).size).toBe(2);
      for (const { url, port } of sandboxes) await sendMessage(url, `topic-${port}`, 'mine');
      for (const { url, port } of sandboxes) {
        const topics = await askKafka(url, (admin) => admin.listTopics());
        expect(topics.filter((name) => name.startsWith('topic-'))).toEqual([`topic-${port}`]);
      }
      await Promise.all(sandboxes.map((sandbox) => sandbox.release()));
    } finally {
      for (const each of both) await forget(each);
    }
  });
});
