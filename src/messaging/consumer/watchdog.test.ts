import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { keepWatch } from './watchdog.js';

async function watch(facts: { quiet: boolean; lag: number }): Promise<number[]> {
  const stalls: number[] = [];
  const watching = keepWatch({
    everyMs: 5,
    seemsStalled: () => facts.quiet,
    lag: async () => facts.lag,
    onStalled: async (lag) => void stalls.push(lag),
    onError: (error) => expect.unreachable(String(error)),
  });
  await sleep(60);
  await watching.stop();
  return stalls;
}

describe('the watchdog', () => {
  it('notices that messages wait and none comes', async () => {
    const stalls = await watch({ quiet: true, lag: 3 });
    expect(stalls.length).toBeGreaterThan(0);
    expect(stalls[0]).toBe(3);
  });

  it('keeps still while messages come, or none waits', async () => {
    expect(await watch({ quiet: false, lag: 3 })).toEqual([]);
    expect(await watch({ quiet: true, lag: 0 })).toEqual([]);
  });
});
