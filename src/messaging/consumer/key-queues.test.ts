import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { KeyQueues, type RunResult } from './key-queues.js';

const DONE: RunResult = { kind: 'done' };

describe('key queues', () => {
  it('run the items of a key one after the other and those of others beside them, no more than allowed', async () => {
    const ran: string[] = [];
    const running = new Set<string>();
    let most = 0;
    const queues = new KeyQueues<string>({
      concurrency: 3,
      run: async (item) => {
        const key = item[0]!;
        expect(running.has(key)).toBe(false);
        running.add(key);
        most = Math.max(most, running.size);
        await sleep(1);
        running.delete(key);
        ran.push(item);
        return DONE;
      },
    });
    const items = ['a1', 'a2', 'b1', 'c1', 'd1', 'a3', 'e1', 'b2'];
    for (const item of items) queues.push([[item[0]!, item]]);
    while (ran.length < items.length) await sleep(1);
    expect(most).toBe(3);
    expect(ran.filter((item) => item.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(ran.toSorted()).toEqual(items.toSorted());
  });

  it('let an item that waits for its next try hold up its own key alone', async () => {
    const ran: string[] = [];
    let tries = 0;
    const queues = new KeyQueues<string>({
      concurrency: 1,
      run: async (item) => {
        if (item === 'a1' && (tries += 1) < 3) return { kind: 'again', inMs: 20 };
        ran.push(item);
        return DONE;
      },
    });
    for (const item of ['a1', 'a2', 'b1', 'b2']) queues.push([[item[0]!, item]]);
    while (ran.length < 4) await sleep(1);
    expect(ran).toEqual(['b1', 'b2', 'a1', 'a2']);
    expect(tries).toBe(3);
  });

  it('wait at the end for what runs, and forget the rest', async () => {
    const ran: string[] = [];
    const queues = new KeyQueues<string>({
      concurrency: 1,
      run: async (item) => (await sleep(10), ran.push(item), DONE),
    });
    for (const item of ['a1', 'a2', 'b1']) queues.push([[item[0]!, item]]);
    await queues.stop();
    await sleep(30);
    expect(ran).toEqual(['a1']);
  });
});
