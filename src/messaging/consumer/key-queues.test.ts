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

  describe('with lanes', () => {
    /** Items of lower case run in batches; `?` behind one says that it is to be prepared. */
    function withLanes({ mostPerBatch = 100 } = {}) {
      const lane = { name: 'lower' };
      const log: string[] = [];
      const prepared = new Set<string>();
      const gates: (() => void)[] = [];
      const failing = new Set<string>();
      const queues = new KeyQueues<string, { name: string }>({
        concurrency: 4,
        run: (item) => (log.push(`alone ${item}`), failing.delete(item), Promise.resolve(DONE)),
        lanes: {
          mostPerBatch,
          prepareConcurrency: 2,
          laneOf: (item) => (/^[a-z]/.test(item) && !failing.has(item) ? lane : undefined),
          needsPreparing: (item) => item.endsWith('?') && !prepared.has(item),
          prepare: async (item) => (await sleep(1), void prepared.add(item)),
          runBatch: async (_, items) => {
            log.push(`batch ${items.join(' ')}`);
            await new Promise<void>((resolve) => gates.push(resolve));
            return items.map((item): RunResult => {
              if (!item.includes('!')) return DONE;
              failing.add(item);
              return { kind: 'again', inMs: 1 };
            });
          },
        },
      });
      const push = (...items: string[]): void => queues.push(items.map((item) => [item[0]!, item]));
      const openGate = async (): Promise<void> => {
        while (gates.length === 0) await sleep(1);
        gates.shift()!();
        await sleep(3);
      };
      return { queues, log, push, openGate };
    }

    it('run all that is there when the lane is free, the items of a key in order', async () => {
      const { log, push, openGate } = withLanes();
      push('a1', 'b1', 'a2');
      push('c1', 'a3');
      await openGate();
      await openGate();
      expect(log).toEqual(['batch a1 a2 b1', 'batch c1 a3']);
    });

    it('take no more than allowed, and no item of a key behind one that runs alone', async () => {
      const { log, push, openGate } = withLanes({ mostPerBatch: 2 });
      push('a1', 'b1', 'a2', 'a3', 'Z1');
      for (let count = 0; count < 2; count += 1) await openGate();
      expect(log.toSorted()).toEqual(['alone Z1', 'batch a1 a2', 'batch b1 a3']);
    });

    it('prepare items of several keys at once before they join a batch, one of a key', async () => {
      const { log, push, openGate } = withLanes();
      push('a1?', 'a2?', 'b1?');
      await openGate();
      await openGate();
      expect(log.join(' ').split('a1?')[1]).toContain('a2?');
      expect(log.filter((line) => line.includes('a1?') && line.includes('a2?'))).toEqual([]);
    });

    it('run an item alone that failed in a batch, before the next ones of its key', async () => {
      const { queues, log, push, openGate } = withLanes();
      push('a1!', 'b1');
      push('a2');
      await openGate();
      await openGate();
      await queues.settled();
      expect(log).toEqual(['batch a1! b1', 'alone a1!', 'batch a2']);
    });

    it('begin nothing after a stop, which waits for the batch under way', async () => {
      const { queues, log, push, openGate } = withLanes();
      push('a1');
      push('b1');
      const stopped = queues.stop();
      await openGate();
      await stopped;
      expect(log).toEqual(['batch a1']);
    });
  });
});
