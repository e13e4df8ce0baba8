import type { LoadCosts, LoadRun } from './load-result.js';

/** What a run used for each good answer. A cost is null when it is unknown or there was no good answer. */
export function costOf({ goodPerSecond, seconds, server, client, serverCpuSeconds }: LoadRun): LoadCosts<number> {
  const good = Math.round(goodPerSecond * seconds);
  const each = (used: number | null): number | null => (used === null || good === 0 ? null : used / good);
  return {
    statements: each(server.statements ?? null),
    commits: each(server.commits),
    clientCpuMs: each(client && 1000 * (client.userCpuSeconds + client.systemCpuSeconds)),
    serverCpuMs: each(serverCpuSeconds === null ? null : 1000 * serverCpuSeconds),
  };
}
