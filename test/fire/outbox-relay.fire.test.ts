import { setTimeout as sleep } from 'node:timers/promises';

import type { Transport } from 'tablepick/messaging';
import { type FailpointName, seededRandom } from 'tablepick/testing';
import { describe, expect, it } from 'vitest';

import { type Workers, killNowAndThen, startWorkers } from '../support/fire-workers.js';
import {
  type Written,
  expectNoOpenTransactions,
  expectSameSet,
  misordered,
  until,
  untilQuiet,
} from '../support/fire-judge.js';
import { fireRandom } from '../support/fire-random.js';
import { isShare } from '../support/fire-share.js';
import { type Carrier, type MessagingFire, withMessagingFire } from '../support/messaging-fire.js';

const random = fireRandom();
const producers = ['producer-1', 'producer-2'];
const relays = ['relay-1', 'relay-2', 'relay-3'];
const rounds = isShare ? 60 : 500;
const killEveryMs = 700;
const KILLED_AT: readonly FailpointName[] = [
  'relay:before-publish',
  'relay:after-publish',
  'database:before-commit',
  'database:after-commit',
];

const carriers: Carrier[] = [
  { carrier: 'database', engine: 'mariadb' },
  { carrier: 'kafka', engine: 'mysql' },
  ...(isShare ? [] : ([{ carrier: 'database', engine: 'mysql' }] as const)),
];

describe.each(carriers)('an outbox on $engine with messages carried by the $carrier', (carrier) => {
  it('sends what was committed, all of it, nothing else and in order, however often its relays are killed', async () => {
    await withMessagingFire(carrier, async (fire) => {
      const arrivals = await receive(fire);
      const relaying = await startWorkers('messaging-child.mjs', jobsOf(relays, { ...fire.places, role: 'relay' }));
      const killing = killNowAndThen(relaying, relays, { random: seededRandom(seed()), everyMs: killEveryMs });
      const written = await produce(fire).finally(() => killing.stop());
      await untilQuiet({ transport: fire.transport, outboxes: [fire.database], readers: [] });
      const truth = await fire.database.query<{ id: string }>('SELECT id FROM truth');
      await until('the last arrival', async () => new Set(arrivals.ids).size >= truth.length, 20_000);
      await sleep(200);
      await relaying.stop();
      tellKills(relaying, arrivals.ids);
      const committed = truth.map(({ id }) => id);
      expectSameSet(arrivals.ids, committed);
      expectSameSet(
        written.map(({ id }) => id),
        committed,
      );
      expect(misordered(arrivals.ids, written)).toEqual([]);
      await expectNoOpenTransactions(fire.url);
      await arrivals.stop();
    });
  });
});

function seed(): number {
  return Math.floor(random() * 2 ** 31);
}

function jobsOf(members: readonly string[], job: Record<string, unknown>) {
  const rules = KILLED_AT.map((at) => ({ at, does: 'kill', probability: 0.01 }) as const);
  return Object.fromEntries(members.map((member) => [member, { ...job, plan: { rules, seed: seed() } }]));
}

/** Everything that arrives, in the order in which it does within each partition. */
async function receive({ transport, topic, group }: Pick<MessagingFire, 'topic' | 'group'> & { transport: Transport }) {
  const ids: string[] = [];
  const subscription = await transport.subscribe({
    group,
    topics: [topic],
    onBatch: async ({ messages, assignment }) => {
      ids.push(...messages.map(({ headers }) => headers.id!));
      await assignment.commit(messages.at(-1)!.offset + 1n);
    },
  });
  return { ids, stop: () => subscription.stop() };
}

/** Has all producers write what they have to; resolves with what they committed. */
async function produce({ places }: MessagingFire): Promise<Written[]> {
  const job = { ...places, role: 'producer', rounds, keys: 12 };
  const jobs = Object.fromEntries(producers.map((name) => [name, { ...job, seed: seed() }]));
  const workers = await startWorkers('messaging-child.mjs', jobs);
  const finished = () => workers.lines.filter(({ kind }) => kind === 'finished').length;
  await until('the producers', async () => (workers.check(), finished() === producers.length), 3_600_000);
  await workers.stop();
  const written = workers.lines.filter(({ kind }) => kind === 'appended') as unknown as Written[];
  return written;
}

function tellKills(workers: Workers, ids: readonly string[]): void {
  const deaths = Object.values(workers.deaths()).reduce((sum, count) => sum + count, 0);
  const triggered = workers.lines.filter(({ kind }) => kind === 'triggered').map(({ at }) => at);
  console.log(
    `${ids.length} arrivals of ${new Set(ids).size} messages; ${deaths} kills, at failpoints: ${triggered.join(' ') || 'none'}`,
  );
  expect(deaths).toBeGreaterThan(0);
}
