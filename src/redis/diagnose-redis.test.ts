import { expect, test } from 'vitest';

import { judgeRedis } from './diagnose-redis.js';

const judge = (info: Record<string, string>) => judgeRedis('redis://h:6379', new Map(Object.entries(info)));
const healthy = {
  redis_version: '7.0.15',
  role: 'master',
  cluster_enabled: '0',
  maxmemory: '0',
  maxmemory_policy: 'noeviction',
};

test("a server of one's own is in order", () => {
  const findings = judge(healthy);
  expect(findings.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(findings[0]).toMatchObject({ check: 'redis', found: 'Redis 7.0.15 at redis://h:6379' });
  expect(judge({ ...healthy, valkey_version: '8.1.1' })[0]).toMatchObject({ found: 'Valkey 8.1.1 at redis://h:6379' });
});

test('a replica and a node of a cluster are problems', () => {
  expect(judge({ ...healthy, role: 'slave' })).toContainEqual(
    expect.objectContaining({ check: 'redis-role', status: 'problem', advice: expect.stringContaining('primary') }),
  );
  expect(judge({ ...healthy, cluster_enabled: '1' })).toContainEqual(
    expect.objectContaining({ check: 'redis-mode', status: 'problem' }),
  );
});

test('eviction is a warning only where memory has a limit', () => {
  const evicting = { ...healthy, maxmemory_policy: 'allkeys-lru' };
  const find = (info: Record<string, string>) => judge(info).find(({ check }) => check === 'redis-eviction');
  expect(find(evicting)).toMatchObject({ status: 'ok', found: 'maxmemory-policy allkeys-lru, no maxmemory' });
  expect(find({ ...evicting, maxmemory: '1048576', maxmemory_human: '1.00M' })).toMatchObject({
    status: 'warning',
    found: expect.stringMatching(/^maxmemory-policy allkeys-lru, maxmemory 1\.00M: /),
  });
  expect(find({ ...healthy, maxmemory: '1048576', maxmemory_human: '1.00M' })).toMatchObject({ status: 'ok' });
});
