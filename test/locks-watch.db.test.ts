import { setTimeout as sleep } from 'node:timers/promises';

import { connect } from 'tablepick/database';
import type { Database } from 'tablepick/database';
import { type LockWatchEvent, readLastDeadlock, readLockWaits, watchLocks } from 'tablepick/observe';
import { describe, expect, it } from 'vitest';

import { asUser } from './support/as-user.js';
import { countUp, lockedSlots, reserve, withLockScene } from './support/lock-scene.js';
import type { HeldAndWaiting } from './support/lock-scene.js';
import { startPrivateServer } from './support/private-server.js';
import { testServer, testServers, withTestDatabase } from './support/servers.js';

const slotByKey = `SELECT id FROM reservation_slot WHERE restaurant_id = 2 AND date = '2026-12-24' AND time = '23:15' FOR UPDATE`;
const cancel = (where: string): string => `UPDATE reservation SET status = 'CANCELLED' WHERE ${where}`;
const newSlot = `INSERT INTO reservation_slot (id, restaurant_id, date, time, capacity) VALUES (14, 1, '2027-01-31', '08:05', 5)`;
const rangeOfReservations = 'SELECT id FROM reservation WHERE reservation_slot_id = 11 FOR UPDATE';
const repeatableRead = ['ROLLBACK', 'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ', 'BEGIN'];

/** What is waited for, by which statements, and the slot, table and index that must be told. */
const WAITS: [what: string, HeldAndWaiting, { slot: object | undefined; table: string; index: string; key: RegExp }][] =
  [
    [
      'a slot by its id',
      { holds: [countUp(12)], waits: [countUp(12)] },
      { slot: lockedSlots[12], table: 'reservation_slot', index: 'PRIMARY', key: /^id=12$/ },
    ],
    [
      'a slot by restaurant, date and time',
      { holds: [slotByKey], waits: [slotByKey] },
      {
        slot: lockedSlots[13],
        table: 'reservation_slot',
        index: 'uk_slot',
        key: /^restaurant_id=2, date=2026-12-24, time=23:15/,
      },
    ],
    [
      'a slot that is being inserted',
      { holds: [newSlot], waits: [newSlot.replace('(14,', '(15,')] },
      {
        slot: { slotId: 14, restaurantId: 1, date: '2027-01-31', time: '08:05' },
        table: 'reservation_slot',
        index: 'uk_slot',
        key: /date=2027-01-31/,
      },
    ],
    [
      'the foreign key of a new reservation',
      { holds: [countUp(12)], waits: [reserve(12, 3)] },
      { slot: lockedSlots[12], table: 'reservation_slot', index: 'PRIMARY', key: /^id=12$/ },
    ],
    [
      'a slot that reservations refer to',
      { holds: [reserve(12, 4)], waits: [countUp(12)] },
      { slot: lockedSlots[12], table: 'reservation_slot', index: 'PRIMARY', key: /^id=12$/ },
    ],
    [
      'a slot that both have in common already',
      { holds: [reserve(12, 4)], waits: [reserve(12, 5), countUp(12)] },
      { slot: lockedSlots[12], table: 'reservation_slot', index: 'PRIMARY', key: /^id=12$/ },
    ],
    [
      'the live reservation of a member',
      { holds: [cancel('id = 5')], waits: [reserve(12, 77)] },
      {
        slot: lockedSlots[12],
        table: 'reservation',
        index: 'uk_reservation_live',
        key: /^reservation_slot_id=12, live_member_id=77/,
      },
    ],
    [
      'a live reservation that is being made',
      { holds: [reserve(13, 1)], waits: [reserve(13, 1)] },
      {
        slot: lockedSlots[13],
        table: 'reservation',
        index: 'uk_reservation_live',
        key: /^reservation_slot_id=13, live_member_id=1/,
      },
    ],
    [
      'an idempotency key that is being used',
      { holds: [reserve(12, 1, "a'b, c")], waits: [reserve(11, 2, "a'b, c")] },
      {
        slot: lockedSlots[12],
        table: 'reservation',
        index: 'uk_reservation_idempotency',
        key: /^idempotency_key='a''b, c'/,
      },
    ],
    [
      'a reservation by its id',
      { holds: [cancel('id = 5')], waits: [cancel('id = 5')] },
      { slot: lockedSlots[12], table: 'reservation', index: 'PRIMARY', key: /^id=5$/ },
    ],
    [
      "a fencing token's slot",
      { holds: ['INSERT INTO slot_fence VALUES (13, 1)'], waits: ['INSERT INTO slot_fence VALUES (13, 2)'] },
      { slot: lockedSlots[13], table: 'slot_fence', index: 'PRIMARY', key: /^slot_id=13$/ },
    ],
    [
      'a restaurant, which is no slot',
      { holds: ['UPDATE restaurant SET max_capacity = 41 WHERE id = 1'], waits: [newSlot] },
      { slot: undefined, table: 'restaurant', index: 'PRIMARY', key: /^id=1$/ },
    ],
    [
      'a gap, which is no slot',
      { holds: [...repeatableRead, rangeOfReservations], waits: [...repeatableRead, reserve(11, 3)] },
      {
        slot: undefined,
        table: 'reservation',
        index: 'uk_reservation_live',
        key: /^gap before reservation_slot_id=12/,
      },
    ],
    [
      'the end of an index, which is no slot',
      {
        holds: [...repeatableRead, 'SELECT id FROM reservation_slot WHERE id > 12 FOR UPDATE'],
        waits: [...repeatableRead, newSlot],
      },
      { slot: undefined, table: 'reservation_slot', index: 'PRIMARY', key: /^gap at the end of the index$/ },
    ],
  ];

describe.each(testServers())('locks on $name', (server) => {
  it.each(WAITS)('a wait for %s is told with who, for whom and the slot', async (_what, statements, expected) => {
    await withLockScene(server, async ({ seeWaits, whileWaiting }) => {
      await whileWaiting(statements, async ({ holder, waiters: [waiter] }) => {
        const waits = await seeWaits();
        expect(waits).toHaveLength(1);
        const { slot, table, index, key } = waits[0]!;
        expect(waits[0]).toMatchObject({ waitingConnectionId: waiter, blockingConnectionId: holder, ahead: 1 });
        expect(waits[0]!.waitingStatement).toBe(statements.waits.at(-1));
        expect({ slot, table, index }).toEqual({ slot: expected.slot, table: expected.table, index: expected.index });
        expect(key).toMatch(expected.key);
      });
    });
  });

  it('a wait is told with both statements while both run', async () => {
    const runs = 'SELECT id, SLEEP(60) FROM reservation_slot WHERE id = 12';
    const statements = { holds: [countUp(12)], runs, waits: [countUp(12)] };
    await withLockScene(server, async ({ seeWaits, whileWaiting }) => {
      const [wait] = await whileWaiting(statements, () => seeWaits());
      expect(wait).toMatchObject({ waitingStatement: statements.waits[0], blockingStatement: runs });
    });
  });

  it('a holder that is idle is told on MySQL with what it ran last', async () => {
    await withLockScene(server, async ({ seeWaits, whileWaiting }) => {
      const [wait] = await whileWaiting({ holds: [countUp(12), 'DO 1'], waits: [countUp(12)] }, () => seeWaits());
      expect(wait!.blockingStatement).toBe(server.name === 'mysql' ? 'DO 1' : undefined);
    });
  });

  it('each of those who wait in a line is told with the one that holds the lock', async () => {
    await withLockScene(server, async ({ seeWaits, whileWaiting }) => {
      await whileWaiting({ holds: [countUp(12)], waits: [countUp(12)], waiters: 3 }, async ({ holder, waiters }) => {
        const waits = await seeWaits(3);
        expect(waits.map((wait) => wait.waitingConnectionId).sort()).toEqual(waiters.sort());
        expect(waits.map((wait) => wait.blockingConnectionId)).toEqual([holder, holder, holder]);
        expect(waits.map(({ ahead }) => ahead).sort()).toEqual([1, 2, 3]);
      });
    });
  });

  it('a deadlock is read with both statements, the index and the slot', async () => {
    await withLockScene(server, async ({ deadlock }) => {
      const found = await deadlock([reserve(12, 20), countUp(12)], [reserve(12, 21), countUp(12)]);
      expect(found.summary).toBe(
        'UPDATE reservation_slot against UPDATE reservation_slot on PRIMARY of reservation_slot',
      );
      expect(found.transactions.filter(({ isVictim }) => isVictim)).toHaveLength(1);
      expect(found.transactions).toHaveLength(2);
      for (const { statement, waitsFor, holds } of found.transactions) {
        expect(statement).toBe(countUp(12));
        expect(waitsFor).toMatchObject({ table: 'reservation_slot', index: 'PRIMARY', key: 'id=12' });
        expect(waitsFor).toMatchObject({ mode: 'X,REC_NOT_GAP', slot: lockedSlots[12] });
        expect(holds).toEqual([expect.objectContaining({ mode: 'S,REC_NOT_GAP', slot: lockedSlots[12] })]);
      }
    });
  });

  it('a deadlock over two indexes names both', async () => {
    await withLockScene(server, async ({ deadlock }) => {
      const { summary, transactions } = await deadlock([reserve(12, 30), slotByKey], [slotByKey, reserve(12, 30)]);
      expect(summary).toMatch(/INSERT INTO reservation\b.* on .*uk_reservation_live of reservation\b/);
      expect(summary).toMatch(/SELECT … FROM reservation_slot FOR UPDATE.* on .*uk_slot of reservation_slot/);
      expect(transactions.map(({ waitsFor }) => waitsFor?.slot?.slotId).sort()).toEqual([12, 13]);
    });
  });

  it('a watch tells waits that begin and end, deadlocks and the hottest slot', async () => {
    await withLockScene(server, async ({ database, whileWaiting, deadlock }) => {
      const events: LockWatchEvent[] = [];
      const end = new AbortController();
      const onEvent = (event: LockWatchEvent): void => void events.push(event);
      const watching = watchLocks(database, { intervalMs: 200, signal: end.signal, onEvent });
      const count = (kind: LockWatchEvent['kind']) => events.filter((event) => event.kind === kind).length;
      const seen = async (kind: LockWatchEvent['kind'], times = 1) => {
        for (const before = count(kind); count(kind) < before + times;) await sleep(20);
      };
      await seen('looked');
      await whileWaiting({ holds: [countUp(12)], waits: [reserve(12, 3)] }, async () => {
        await seen('wait-began');
        await seen('looked', 2);
      });
      await seen('wait-ended');
      await Promise.all([seen('deadlock'), deadlock([reserve(13, 20), countUp(13)], [reserve(13, 21), countUp(13)])]);
      end.abort();
      const totals = await watching;
      expect(totals.hottest.find(({ slot }) => slot?.slotId === 12)).toMatchObject({ slot: lockedSlots[12], waits: 1 });
      expect(totals.waitedMs).toBeGreaterThan(0);
      expect(totals.server.deadlocks).toBeGreaterThanOrEqual(1);
      expect(totals.server.rowLockWaits).toBeGreaterThanOrEqual(2);
      expect(totals.lastDeadlock).toEqual(events.findLast((event) => event.kind === 'deadlock')?.deadlock);
      expect(events.find((event) => event.kind === 'wait-ended')).toMatchObject({ wait: { slot: lockedSlots[12] } });
    });
  });

  it('a user without the privileges is told which to grant, and these suffice', async () => {
    await withLockScene(server, async ({ url }) => {
      const needed =
        server.name === 'mysql'
          ? ['GRANT PROCESS ON *.*', 'GRANT SELECT ON performance_schema.*']
          : ['GRANT PROCESS ON *.*'];
      const grants = [...needed, 'GRANT SELECT ON ?.*'].map((grant) => `${grant} TO USER`);
      for (const [i] of needed.entries()) {
        const some = grants.toSpliced(i, 1);
        await asUser({ server, schemaUrl: url }, some, async (asked) => {
          const refusal = { code: 'ACCESS_DENIED', hint: expect.stringContaining(`${needed[i]} TO this user`) };
          await withDatabase(asked, async (database) => {
            await expect(readLockWaits(database)).rejects.toMatchObject(refusal);
            await expect(watchLocks(database, { signal: new AbortController().signal })).rejects.toMatchObject(refusal);
          });
        });
      }
      await asUser({ server, schemaUrl: url }, grants, (asked) =>
        withDatabase(asked, async (database) => {
          expect(await readLockWaits(database)).toEqual([]);
          await readLastDeadlock(database);
        }),
      );
    });
  });
});

async function withDatabase(url: string, work: (database: Database) => Promise<void>): Promise<void> {
  const database = await connect({ url });
  try {
    await work(database);
  } finally {
    await database.close();
  }
}

describe('a look at mysql', () => {
  it('takes the locks that are waited for by their id, and so does not list all there are', async () => {
    await withLockScene(testServer('mysql'), async ({ database }) => {
      const statements: string[] = [];
      const query: Database['query'] = (sql, values, options) => {
        statements.push(sql);
        return database.query(sql, values, options);
      };
      await readLockWaits({ ...database, query });
      const look = statements.find((sql) => sql.includes('data_lock_waits'));
      const plan = await database.query<{ table: string; key: string | null }>(`EXPLAIN FORMAT=TRADITIONAL ${look}`);
      expect(plan.find(({ table }) => table === 'l')).toMatchObject({ key: 'PRIMARY' });
    });
  });

  it('is refused where performance_schema is off and nobody would ever seem to wait', async () => {
    const server = await startPrivateServer('mysql', { serverOptions: ['--performance-schema=OFF'] });
    try {
      await withTestDatabase(server, ({ url }) =>
        withDatabase(url, async (database) => {
          await expect(readLockWaits(database)).rejects.toMatchObject({
            code: 'SERVER_UNSUPPORTED',
            hint: expect.stringContaining('performance_schema = ON'),
          });
        }),
      );
    } finally {
      await server.remove();
    }
  });
});
