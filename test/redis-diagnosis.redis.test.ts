import { diagnoseRedis } from 'tablepick/redis';
import { describe, expect, it } from 'vitest';

import { freePort } from './support/free-port.js';
import { withPrivateRedis } from './support/private-redis.js';
import { testRedis } from './support/servers.js';

describe('the diagnosis of a Redis', () => {
  it('finds nothing to do where all is as it should be', async () => {
    const findings = await diagnoseRedis({ url: testRedis() });
    expect(findings.map(({ check, status }) => [check, status])).toEqual([
      ['redis', 'ok'],
      ['redis-role', 'ok'],
      ['redis-mode', 'ok'],
      ['redis-eviction', 'ok'],
    ]);
  });

  it('warns of eviction, and of a replica', async () => {
    const serverOptions = ['--maxmemory 100mb', '--maxmemory-policy allkeys-lru', '--replicaof 127.0.0.1 1'];
    await withPrivateRedis(
      async ({ url }) => {
        const found = Object.fromEntries((await diagnoseRedis({ url })).map(({ check, status }) => [check, status]));
        expect(found).toMatchObject({ 'redis-role': 'problem', 'redis-eviction': 'warning', 'redis-mode': 'ok' });
      },
      { serverOptions },
    );
  });

  it('says that it cannot be reached', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    expect(await diagnoseRedis({ url })).toMatchObject([
      { check: 'redis', status: 'problem', found: expect.stringContaining('ECONNREFUSED') as string },
    ]);
  });
});
