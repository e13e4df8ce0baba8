import { checkInvariants, lockStrategies, type HistoryEntry } from 'tablepick/reservations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fireRandom } from '../support/fire-random.js';
import { isShare } from '../support/fire-share.js';
import { type PrivateServer, startPrivateServer } from '../support/private-server.js';
import { playTogether } from '../support/reservation-process.js';
import { type ReservationScene, withReservationScene } from '../support/reservation-scene.js';
import { type TestServer, testRedis, testServers, withConnection } from '../support/servers.js';

const isolations = ['READ COMMITTED', 'REPEATABLE READ'] as const;
const poolSizes = [2, 8, 32];
const hotShares = [0.1, 0.5, 1];
const baselines = ['naive', 'save-and-flush'];
const strategies = Object.keys(lockStrategies).filter((name) => !baselines.includes(name));

const random = fireRandom();
/** Kinds of answers of all plays together. */
const seenByAny = new Set<string>();
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;

/** What is played how. */
interface Case {
  strategy: string;
  isolation: (typeof isolations)[number];
  poolSize: number;
  hotShare: number;
}

/** Every isolation with every size of pool and every share of the hot slot; as a share of it, one of them. */
function casesOf(strategy: string): Case[] {
  const all = isolations.flatMap((isolation) =>
    poolSizes.flatMap((poolSize) => hotShares.map((hotShare): Case => ({ strategy, isolation, poolSize, hotShare }))),
  );
  return isShare ? [pick(all)] : all;
}

describe.each(testServers())('several processes on $name', (server) => {
  describe.each(strategies)('under %s', (strategy) => {
    it.each(casesOf(strategy))(
      'keep every promise: $isolation, pool of $poolSize, hot share $hotShare',
      async (settings) => expectPromisesKept(server, settings),
    );
  });

  it.each(baselines)('under %s break the invariants', async (strategy) => {
    await withHistory(
      server,
      { strategy, isolation: 'READ COMMITTED', poolSize: 8, hotShare: 1 },
      async (scene, entries) => {
        const report = await checkInvariants(scene.database, { history: { entries, exclusive: true } });
        expect(report.ok).toBe(false);
        expect(report.counts['count-differs']).toBeGreaterThan(0);
      },
    );
  });
});

describe('several processes on MariaDB that refuses to write over what a snapshot does not show', () => {
  let server: PrivateServer;

  beforeAll(async () => {
    server = await startPrivateServer('mariadb');
    await turnSnapshotIsolationOn(server);
  });

  afterAll(async () => server.remove());

  describe.each(strategies)('under %s', (strategy) => {
    it.each(casesOf(strategy))(
      'keep every promise: $isolation, pool of $poolSize, hot share $hotShare',
      async (settings) => expectPromisesKept(server, settings),
    );
  });
});

describe('all plays together', () => {
  it('came across every end of a reservation', () => {
    const ends = [
      'cancel cancelled',
      'cancel already-cancelled',
      'cancel expired',
      'cancel not-owner',
      'confirm confirmed',
    ];
    const others = [
      'confirm cancelled',
      'confirm expired',
      'expire expired',
      'expire already-expired',
      'expire not-due',
    ];
    expect([...seenByAny]).toEqual(expect.arrayContaining([...ends, ...others]));
  });
});

/** The variable came with MariaDB 10.6.18 and 10.11.8. */
async function turnSnapshotIsolationOn({ url }: PrivateServer): Promise<void> {
  await withConnection(url, async (connection) => {
    const [rows] = await connection.query("SHOW VARIABLES LIKE 'innodb_snapshot_isolation'");
    if ((rows as unknown[]).length === 0) console.log('this MariaDB has no innodb_snapshot_isolation: as it is');
    else await connection.query('SET GLOBAL innodb_snapshot_isolation = ON');
  });
}

async function expectPromisesKept(server: TestServer, settings: Case): Promise<void> {
  await withHistory(server, settings, async ({ database }, entries) => {
    const report = await checkInvariants(database, { history: { entries, exclusive: true } });
    expect(report).toMatchObject({ ok: true, violations: [], checked: { entries: entries.length } });
    const seen = tally(entries);
    console.log(`${server.name} ${Object.values(settings).join(', ')}: ${JSON.stringify(seen)}`);
    expect(Object.keys(seen)).toEqual(
      expect.arrayContaining(['reserve reserved', 'reserve sold-out', 'reserve duplicate']),
    );
    for (const kind of Object.keys(seen)) seenByAny.add(kind);
    // A request or its end that failed had more bad luck than the budgets of retries expect.
    expect(Object.keys(seen).filter((kind) => kind.includes('failed') || kind.includes('unknown'))).toEqual([]);
  });
}

async function withHistory(
  server: TestServer,
  { strategy, isolation, poolSize, hotShare }: Case,
  work: (scene: ReservationScene, entries: HistoryEntry[]) => Promise<void>,
): Promise<void> {
  await withReservationScene(server, { slots: 8, capacity: 15 }, async (scene) => {
    const slotIds = [1, 2, 3, 4, 5, 6, 7, 8];
    const jobs = Array.from({ length: isShare ? 2 : 3 }, (_, process) => ({
      url: scene.url,
      redisUrl: testRedis(),
      strategy,
      isolation,
      poolSize,
      hotShare,
      slotIds,
      seatsPer: 'guest' as const,
      clients: 16,
      calls: isShare ? 400 : 1000,
      keyPrefix: `p${process}`,
      seed: Math.floor(random() * 2 ** 31),
    }));
    await work(scene, await playTogether(jobs));
  });
}

function tally(entries: readonly HistoryEntry[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { call, outcome } of entries) {
    const kind = `${call} ${outcome.kind}${outcome.kind === 'failed' ? ` ${outcome.code}` : ''}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
