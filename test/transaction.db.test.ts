import { setTimeout as sleep } from 'node:timers/promises';

import { isDeadlock, mysqlErrno, type Database, type Transaction } from 'tablepick/database';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { insertEntry, openEntries, withDatabase, type Entries } from './support/entries.js';
import { testServers } from './support/servers.js';

describe.each(testServers())('on $name', (server) => {
  let entries: Entries;
  let database: Database;

  beforeAll(async () => {
    entries = await openEntries(server);
    database = entries.database;
  });
  beforeEach(() => entries.clear());
  afterAll(async () => {
    await entries?.close();
  });

  describe('a transaction', () => {
    it('is undone by any failure, and a failure of the caller is not repeated', async () => {
      let runs = 0;
      const failure = new Error('mine');
      const attempt = database.transaction(async (tx) => {
        runs += 1;
        await insertEntry(tx, 1);
        throw failure;
      });
      await expect(attempt).rejects.toBe(failure);
      expect(runs).toBe(1);
      expect(await entries.count()).toBe(0);
    });

    it('that stands still longer than it may is ended by the server, and the next one on its pool is not', async () => {
      await withDatabase({ url: entries.schema.url, poolSize: 1 }, async (alone) => {
        const stand = (options: object) =>
          alone.transaction(
            async (tx) => {
              await insertEntry(tx, 1);
              await sleep(2500);
            },
            { retry: false, ...options },
          );
        await expect(stand({ idleSeconds: 1 })).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
        expect(await entries.count()).toBe(0);
        await alone.transaction((tx) => tx.query('SELECT 1'), { idleSeconds: 1 });
        await stand({});
        expect(await entries.count()).toBe(1);
      });
    });

    it('tells after its COMMIT, and nothing after a rollback', async () => {
      const told: string[] = [];
      await database.transaction(async (tx) => {
        tx.afterCommit(() => told.push('committed'));
        await insertEntry(tx, 1);
        expect(told).toEqual([]);
      });
      const failing = database.transaction(async (tx) => {
        tx.afterCommit(() => told.push('rolled back'));
        throw new Error('mine');
      });
      await expect(failing).rejects.toThrow('mine');
      expect(told).toEqual(['committed']);
    });

    it('is run again as a whole when it was chosen as the victim of a deadlock', async () => {
      await database.transaction(async (tx) => void (await insertEntry(tx, 1), await insertEntry(tx, 2)));
      const meet = createMeeting();
      const retried: unknown[] = [];
      const lockBoth = (first: number, second: number) => {
        let runs = 0;
        return database.transaction(
          async (tx) => {
            runs += 1;
            await tx.execute('UPDATE entry SET note = CONCAT(note, ?) WHERE id = ?', ['y', first]);
            if (runs === 1) await meet();
            await tx.execute('UPDATE entry SET note = CONCAT(note, ?) WHERE id = ?', ['y', second]);
          },
          { onRetry: ({ error }) => retried.push(error) },
        );
      };
      await Promise.all([lockBoth(1, 2), lockBoth(2, 1)]);
      expect(retried.length).toBeGreaterThan(0);
      expect(retried.every(isDeadlock)).toBe(true);
      expect(await database.query('SELECT note FROM entry')).toEqual([{ note: 'xyy' }, { note: 'xyy' }]);
    });

    it('is run again when a lock was not to be had in time, and not at all without a retry', async () => {
      await database.transaction((tx) => insertEntry(tx, 1));
      const lockRow = async (tx: Transaction) => {
        await tx.execute('SET SESSION innodb_lock_wait_timeout = 1');
        await tx.query('SELECT * FROM entry WHERE id = 1 FOR UPDATE');
      };
      await withDatabase({ url: entries.schema.url }, async (other) => {
        const errnos: (number | undefined)[] = [];
        let patient = Promise.resolve();
        await database.transaction(async (holder) => {
          await holder.query('SELECT * FROM entry WHERE id = 1 FOR UPDATE');
          const refused = other.transaction(lockRow, { retry: false });
          await expect(refused).rejects.toMatchObject({ code: 'CONFLICT', retriable: true });
          patient = other.transaction(lockRow, { onRetry: ({ error }) => errnos.push(mysqlErrno(error)) });
          await expect.poll(() => errnos, { timeout: 5000 }).toEqual([1205]);
        });
        await patient;
      });
    });

    it('cannot be continued after a conflict, also when the conflict was swallowed', async () => {
      await database.transaction((tx) => insertEntry(tx, 1));
      await database.transaction(async (holder) => {
        await holder.query('SELECT * FROM entry WHERE id = 1 FOR UPDATE');
        const careless = database.transaction(
          async (tx) => {
            await insertEntry(tx, 2);
            await tx.query('SELECT * FROM entry WHERE id = 1 FOR UPDATE NOWAIT').catch(() => {});
            await insertEntry(tx, 3).catch(() => {});
          },
          { retry: false },
        );
        await expect(careless).rejects.toMatchObject({ code: 'CONFLICT' });
      });
      expect(await entries.count()).toBe(1);
    });

    it('refuses statements after its end', async () => {
      let kept: Transaction | undefined;
      await database.transaction(async (tx) => {
        kept = tx;
      });
      await expect(insertEntry(kept!, 1)).rejects.toThrow(/after it had ended/);
      expect(await entries.count()).toBe(0);
    });

    it('reads one snapshot under REPEATABLE READ, and only that transaction does', async () => {
      const countTwice = async (tx: Transaction, id: number) => {
        const before = await tx.query<{ n: number }>('SELECT COUNT(*) AS n FROM entry');
        await database.transaction((other) => insertEntry(other, id));
        const after = await tx.query<{ n: number }>('SELECT COUNT(*) AS n FROM entry');
        return after[0]!.n - before[0]!.n;
      };
      await withDatabase({ url: entries.schema.url, poolSize: 1 }, async (single) => {
        const repeatable = single.transaction((tx) => countTwice(tx, 1), { isolation: 'REPEATABLE READ' });
        expect(await repeatable).toBe(0);
        expect(await single.transaction((tx) => countTwice(tx, 2))).toBe(1);
      });
    });
  });

  describe('the pool', () => {
    it('says what holds its connections when none came free in time', async () => {
      await withDatabase({ url: entries.schema.url, poolSize: 2, acquireTimeoutMs: 200 }, async (small) => {
        const nested = small.transaction(async (tx) => {
          await tx.query('SELECT 42');
          return small.session(() => small.query('SELECT 1'));
        });
        await expect(nested).rejects.toMatchObject({
          code: 'POOL_TIMEOUT',
          message: expect.stringMatching(
            /2 of 2 are held: transaction for 0 s at SELECT 42; session for 0 s at nothing yet/,
          ) as string,
          hint: expect.stringContaining('poolSize') as string,
        });
        expect(await small.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      });
    });

    it('stops waiting for a connection when its signal fires', async () => {
      await withDatabase({ url: entries.schema.url, poolSize: 1 }, async (single) => {
        const stop = new AbortController();
        await single.session(async () => {
          const waiting = single.transaction(async () => {}, { signal: stop.signal });
          stop.abort();
          await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
        });
      });
    });

    it('never opens more connections than its size', async () => {
      await withDatabase({ url: entries.schema.url, poolSize: 3 }, async (small) => {
        const ids = await Promise.all(
          Array.from({ length: 30 }, () => small.transaction(async (tx) => tx.connectionId)),
        );
        expect(new Set(ids).size).toBeLessThanOrEqual(3);
      });
    });
  });
});

/** Resolves for both callers once both have arrived. */
function createMeeting(): () => Promise<void> {
  let arrive: () => void;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  let waiting = 0;
  return () => {
    waiting += 1;
    if (waiting === 2) arrive();
    return arrived;
  };
}
