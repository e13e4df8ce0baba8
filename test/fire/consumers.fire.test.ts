import { setTimeout as sleep } from 'node:timers/promises';

import { createMessage, encodeMessage, listDeadLetters, redriveDeadLetters, startRelay } from 'tablepick/messaging';
import { type FailpointName, seededRandom } from 'tablepick/testing';
import { describe, expect, it } from 'vitest';

import { type Workers, killNowAndThen, startWorkers } from '../support/fire-workers.js';
import { expectEffects, expectNoOpenTransactions, until, untilQuiet } from '../support/fire-judge.js';
import { fireRandom } from '../support/fire-random.js';
import { isShare } from '../support/fire-share.js';
import { type Carrier, type MessagingFire, withMessagingFire } from '../support/messaging-fire.js';

const random = fireRandom();
const consumers = ['consumer-1', 'consumer-2'];
const MESSAGES = isShare ? 1500 : 6000;
const KEYS = MESSAGES / 15;
const KILLED_AT: readonly FailpointName[] = [
  'consumer:before-batch',
  'consumer:before-effect',
  'consumer:before-commit',
  'consumer:after-effect',
  'consumer:before-offset-commit',
  'consumer:after-offset-commit',
];

interface FireCarrier extends Carrier {
  /** Brokers keep the partitions of a dead member for seconds: fewer kills do the same. */
  killEveryMs: number;
  plannedRuns: number;
  /** The handler takes many messages at once. */
  inBatches: boolean;
}

const mysql = { carrier: 'database', engine: 'mysql', killEveryMs: 1500, plannedRuns: 6 } as const;
const mariadb = { carrier: 'database', engine: 'mariadb', killEveryMs: 1500, plannedRuns: 20 } as const;
const kafka = {
  carrier: 'kafka',
  engine: 'mariadb',
  killEveryMs: 12_000,
  plannedRuns: isShare ? 1 : 4,
} as const;

const carriers: FireCarrier[] = [
  { ...mysql, inBatches: true },
  { ...kafka, inBatches: false },
  ...(isShare
    ? []
    : [
        { ...mysql, inBatches: false },
        { ...kafka, inBatches: true },
        { ...mariadb, inBatches: false },
        { ...mariadb, inBatches: true },
      ]),
];

/** 1 % are poisoned, no two of one key. */
const things = Array.from({ length: MESSAGES }, (_, index) => {
  const [key, n] = [index % KEYS, Math.floor(index / KEYS)];
  const isPoison = n === 4 && key < MESSAGES / 100;
  return { id: `thing-${key}-${n}`, key: `key-${key}`, isPoison, data: { n, isPoison, workMs: 2 } };
});
const poison = things.filter(({ isPoison }) => isPoison).map(({ id }) => id);
const poisonedKeys = new Set(things.filter(({ isPoison }) => isPoison).map(({ key }) => key));
const healthy = things.filter(({ key }) => !poisonedKeys.has(key)).map(({ id }) => id);

describe.each(carriers)(
  'two consumers of messages carried by the $carrier, with $engine, in batches: $inBatches',
  (carrier) => {
    it('write every effect once, are held up by poison at its key alone, and do the rest once they are repaired', async () => {
      await withMessagingFire(carrier, async (fire) => {
        const judge = { database: fire.database, url: fire.url };
        let deaths = 0;
        const work = async (job: object, name: string, isDone: () => Promise<boolean>) => {
          deaths += await workUntil(fire, { ...carrier, job }, async (workers) => {
            await until(name, async () => (workers.check(), isDone()), 240_000);
          });
        };
        await publishAll(fire);
        const patient = { retry: { kind: 'blocking', attempts: 100_000, baseMs: 20, capMs: 200 } };
        await work(patient, 'what is not poisoned', async () => (await effectsOf(judge, healthy)) === healthy.length);
        expect(await countDead(fire), 'poison is still tried again').toBe(0);
        expect(await effectsOf(judge, poison)).toBe(0);

        const calm = isShare && carrier.carrier === 'kafka' ? { plannedRuns: 0 } : {};
        const impatient = { retry: { kind: 'blocking', attempts: 3, baseMs: 20, capMs: 100 }, ...calm };
        const rest = MESSAGES - poison.length;
        await work(impatient, 'poison among the dead letters', async () => {
          return (await countDead(fire)) === poison.length && (await countEffects(judge)) >= rest;
        });
        await expectCauses(fire);

        const relay = startRelay({ database: fire.database, transport: fire.transport, pollMs: 50, cleanUp: false });
        await work({ ...impatient, isFixed: true }, 'what was redriven', async () => {
          if ((await countDead(fire)) > 0) await redriveDeadLetters(fire.database, { group: fire.group });
          return (await countEffects(judge)) >= MESSAGES && (await lagOf(fire)) === 0;
        }).finally(() => relay.stop());
        const readers = [{ group: fire.group, topics: [fire.topic] }];
        await untilQuiet({ transport: fire.transport, outboxes: [fire.database], readers });
        await expectEffects(fire.database, new Set(things.map(({ id }) => id)), new Set(poison));
        await expectNoOpenTransactions(fire.url);
        expect(deaths).toBeGreaterThan(0);
      });
    });
  },
);

describe.each<Carrier>([
  { carrier: 'database', engine: 'mysql' },
  { carrier: 'kafka', engine: 'mariadb' },
])('a consumer of messages carried by the $carrier', (carrier) => {
  it('that is killed between two batches of a partition loses no open message of the first one', async () => {
    await withMessagingFire({ ...carrier, partitions: 1 }, async (fire) => {
      const { database, url, places } = fire;
      const job = { ...places, role: 'consumer' };
      const workers = await startWorkers('messaging-child.mjs', { consumer: job });
      await publishHeld(fire, { from: 0, held: 2 });
      await until('the first batch, except one', async () => (await countEffects({ database })) === 4);
      await publishHeld(fire, { from: 5 });
      await until('the second batch', async () => (await countEffects({ database })) === 9);
      await until('a commit up to the open message', async () => (await lagOf(fire)) === 8);
      workers.kill('consumer');
      await until('the open message', async () => (workers.check(), (await countEffects({ database })) === 10), 60_000);
      await until('the last commit', async () => (await lagOf(fire)) === 0);
      expect(workers.deaths()).toEqual({ consumer: 1 });
      await workers.stop();
      await expectEffects(database, new Set(Array.from({ length: 10 }, (_, n) => `thing-${n}`)), new Set());
      await expectNoOpenTransactions(url);
    });
  });
});

/** Publishes five messages, each of a key of its own. A consumer's first run never ends the one that is `held`. */
async function publishHeld({ transport, topic }: MessagingFire, { from, held }: { from: number; held?: number }) {
  const numbers = Array.from({ length: 5 }, (_, n) => from + n);
  const messages = numbers.map((n) =>
    createMessage({
      id: `thing-${n}`,
      key: `key-${n}`,
      data: { n, isHeld: n === held },
      type: 'Thing',
      aggregate: topic,
    }),
  );
  await transport.publish(messages.map((message) => encodeMessage(message)));
}

/** Runs both consumers while they are killed; resolves with how often they died. */
async function workUntil(
  fire: MessagingFire,
  { job, killEveryMs, plannedRuns, inBatches }: Omit<FireCarrier, keyof Carrier> & { job: object },
  isDone: (workers: Workers) => Promise<void>,
): Promise<number> {
  const probability = inBatches ? 0.02 : 0.004;
  const rules = KILLED_AT.map((at) => ({ at, does: 'kill', probability }) as const);
  const jobs = consumers.map((name) => {
    return [
      name,
      { ...fire.places, role: 'consumer', plan: { rules, seed: seed() }, plannedRuns, inBatches, ...job },
    ] as const;
  });
  const onLine = ({ kind }: { kind: string }) => kind === 'retrying';
  const workers = await startWorkers('messaging-child.mjs', Object.fromEntries(jobs), { onLine });
  const killing = killNowAndThen(workers, consumers, { random: seededRandom(seed()), everyMs: killEveryMs });
  const began = performance.now();
  await isDone(workers).finally(() => killing.stop());
  await workers.stop();
  return tellKills(workers, performance.now() - began);
}

function tellKills(workers: Workers, ms: number): number {
  const deaths = Object.values(workers.deaths()).reduce((sum, count) => sum + count, 0);
  const triggered = workers.lines.filter(({ kind }) => kind === 'triggered').map(({ at }) => at);
  console.log(`${Math.round(ms)} ms; ${deaths} kills, at failpoints: ${triggered.join(' ') || 'none'}`);
  return deaths;
}

function seed(): number {
  return Math.floor(random() * 2 ** 31);
}

/** In order per key; one of ten comes again at once, one of ten much later. */
async function publishAll({ transport, topic }: MessagingFire): Promise<void> {
  const messages = things.map(({ id, key, data }) =>
    encodeMessage(createMessage({ id, key, data, type: 'Thing', aggregate: topic })),
  );
  for (let from = 0; from < messages.length; from += 200) {
    const batch = messages.slice(from, from + 200);
    await transport.publish(batch.flatMap((message) => (random() < 0.1 ? [message, message] : [message])));
  }
  const again = messages.filter(() => random() < 0.1);
  await transport.publish(again);
}

/** An effect that happened twice counts once here: it is the judge who is to say so. */
interface Tables {
  database: MessagingFire['database'];
}

async function effectsOf({ database }: Tables, ids: readonly string[]): Promise<number> {
  const wanted = new Set(ids);
  const rows = await database.query<{ id: string }>('SELECT message_id AS id FROM effect');
  return new Set(rows.map(({ id }) => id).filter((id) => wanted.has(id))).size;
}

async function countEffects({ database }: Tables): Promise<number> {
  const [row] = await database.query<{ count: number }>('SELECT COUNT(DISTINCT message_id) AS count FROM effect');
  return row!.count;
}

async function countDead({ database, group }: MessagingFire): Promise<number> {
  return (await listDeadLetters(database, { state: 'DEAD', group, limit: MESSAGES })).length;
}

async function expectCauses({ database, group, topic }: MessagingFire): Promise<void> {
  const letters = await listDeadLetters(database, { group, limit: MESSAGES });
  expect(letters.map(({ messageId }) => messageId).toSorted()).toEqual(poison.toSorted());
  for (const letter of letters) {
    const cause = { reason: 'Error', error: `poisoned: ${letter.messageId}`, handler: 'write effect' };
    expect(letter).toMatchObject({ ...cause, topic, type: 'Thing', state: 'DEAD' });
    expect(letter.attempts).toBeGreaterThanOrEqual(3);
  }
}

async function lagOf({ transport, group, topic }: MessagingFire): Promise<number> {
  await sleep(200);
  return (await transport.lag(group, [topic])).reduce((sum, { lag }) => sum + lag, 0);
}
