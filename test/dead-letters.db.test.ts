import { describe, expect, it } from 'vitest';

import {
  type DeadLetter,
  type WireMessage,
  countDeadLetters,
  listDeadLetters,
  outboxStatus,
  parkDeadLetters,
  readDeadLetter,
  redriveDeadLetters,
} from 'tablepick/messaging';

import {
  type DeadLetterScene,
  order,
  sceneGroup,
  sceneTopic,
  withDeadLetterScene,
} from './support/dead-letter-scene.js';
import { testServers, withConnection } from './support/servers.js';

const idsOf = (letters: readonly DeadLetter[]): number[] => letters.map(({ id }) => id);

/** Publishes past the outbox, as a foreign program would. */
async function publishBad(scene: DeadLetterScene, bad: Partial<WireMessage>): Promise<DeadLetter> {
  const wire = { topic: sceneTopic, key: 'bad', value: '{}', headers: { id: 'bad-1', type: 'OrderPlaced' }, ...bad };
  await scene.transport.publish([wire]);
  await expect.poll(() => listDeadLetters(scene.database), { timeout: 30_000 }).toHaveLength(1);
  return (await listDeadLetters(scene.database))[0]!;
}

async function outboxRows(url: string): Promise<Record<string, unknown>[]> {
  return withConnection(url, async (connection) => {
    const [rows] = await connection.query('SELECT * FROM outbox ORDER BY seq');
    return rows as Record<string, unknown>[];
  });
}

describe.each(testServers())('dead letters on $name', (server) => {
  const inScene = (work: (scene: DeadLetterScene) => Promise<void>) => () => withDeadLetterScene(server, work);

  it(
    'say what could not be handled, by whom, why, how often it was tried, when first and when last',
    inScene(async ({ database, kill }) => {
      const before = Date.now();
      const [letter] = await kill('a');
      expect(letter).toMatchObject({
        group: sceneGroup,
        topic: sceneTopic,
        key: 'a',
        type: 'OrderPlaced',
        handler: 'cook-order',
        reason: 'RangeError',
        error: 'no pan for a',
        attempts: 3,
        state: 'DEAD',
        redrives: 0,
        note: undefined,
      });
      expect(letter!.firstAt.getTime()).toBeGreaterThanOrEqual(before - 1);
      expect(letter!.lastAt.getTime()).toBeGreaterThanOrEqual(letter!.firstAt.getTime());
      const whole = await readDeadLetter(database, letter!.id);
      expect(whole).toMatchObject({ ...letter, payload: order('a').data, headers: { id: letter!.messageId } });
      expect(whole.stack).toContain('RangeError: no pan for a');
      await expect(readDeadLetter(database, 999)).rejects.toMatchObject({ code: 'DEAD_LETTER_UNKNOWN' });
      expect(await countDeadLetters(database)).toEqual([{ group: sceneGroup, reason: 'RangeError', count: 1 }]);
    }),
  );

  it(
    'are listed by what is asked for, page by page',
    inScene(async ({ database, kill }) => {
      const all = idsOf(await kill('a', 'b', 'A')).sort((a, b) => a - b);
      const list = async (filter: Parameters<typeof listDeadLetters>[1]) =>
        idsOf(await listDeadLetters(database, filter));
      expect(await list({ limit: 2 })).toEqual(all.slice(0, 2));
      expect(await list({ limit: 2, afterId: all[1] })).toEqual(all.slice(2));
      expect(await list({ group: sceneGroup, topic: sceneTopic, type: 'OrderPlaced', reason: 'RangeError' })).toEqual(
        all,
      );
      expect(await list({ key: 'a' })).toHaveLength(1);
      expect(await list({ since: new Date(Date.now() + 60_000) })).toEqual([]);
      expect(await list({ since: new Date(Date.now() - 60_000), state: 'DEAD' })).toEqual(all);
      for (const filter of [
        { group: '' },
        { group: 'küche' },
        { reason: 'Ä' },
        { topic: 'x' },
        { state: 'PARKED' as const },
      ]) {
        expect(await list(filter)).toEqual([]);
      }
    }),
  );

  it(
    'once redriven are handled with their own id, key and time, byte for byte, and an attempt more',
    inScene(async ({ database, url, kill, repair, settle, handled }) => {
      const [letter] = await kill('a');
      repair();
      expect(await redriveDeadLetters(database, {})).toEqual({ redriven: 1, refused: [], skipped: 0, left: 0 });
      await settle();
      expect(handled).toMatchObject([{ id: letter!.messageId, key: 'a', attempt: 2, data: order('a').data }]);
      const [first, second] = await outboxRows(url);
      for (const column of [
        'id',
        'aggregatetype',
        'aggregateid',
        'type',
        'payload',
        'schema_version',
        'traceparent',
        'occurred_at',
      ]) {
        expect(second![column], column).toEqual(first![column]);
      }
      expect(await listDeadLetters(database)).toMatchObject([{ state: 'REDRIVEN', redrives: 1 }]);
      expect(await countDeadLetters(database)).toEqual([]);
    }),
  );

  it(
    'that fail again are the same letters, dead again, until they were redriven often enough',
    inScene(async ({ database, kill, settle, repair, handled }) => {
      const [letter] = await kill('a');
      const redrive = (options = {}) => redriveDeadLetters(database, {}, { mostRedrives: 2, ...options });
      for (const redrives of [1, 2]) {
        expect(await redrive()).toMatchObject({ redriven: 1 });
        await settle();
        expect(await listDeadLetters(database)).toMatchObject([
          { id: letter!.id, state: 'DEAD', redrives, attempts: 3 + 3 * redrives },
        ]);
      }
      const refusal = { id: letter!.id, why: 'redriven-too-often', text: expect.stringContaining('2 times') };
      expect(await redrive()).toEqual({ redriven: 0, refused: [refusal], skipped: 0, left: 0 });
      expect(await listDeadLetters(database)).toMatchObject([{ state: 'DEAD', redrives: 2 }]);
      repair();
      expect(await redrive({ force: true })).toMatchObject({ redriven: 1, refused: [] });
      await settle();
      expect(handled).toHaveLength(1);
    }),
  );

  it(
    'are left as they are by a dry run, which tells what would happen',
    inScene(async ({ database, url, kill }) => {
      const letters = await kill('a', 'b');
      const rows = await outboxRows(url);
      const told: string[] = [];
      const dry = { dryRun: true, onEvent: ({ kind }: { kind: string }) => void told.push(kind) };
      expect(await redriveDeadLetters(database, {}, dry)).toMatchObject({ redriven: 2 });
      expect(await redriveDeadLetters(database, {}, { dryRun: true, mostRedrives: 0 })).toMatchObject({
        refused: [{ why: 'redriven-too-often' }, { why: 'redriven-too-often' }],
      });
      expect(told).toEqual(['redriven', 'redriven']);
      expect(await listDeadLetters(database)).toEqual(letters.toSorted((a, b) => a.id - b.id));
      expect(await outboxRows(url)).toHaveLength(rows.length);
    }),
  );

  it(
    'are sent once, however many redrive at once',
    inScene(async ({ database, url, kill, repair, settle, handled }) => {
      const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
      await kill(...keys);
      repair();
      const results = await Promise.all([0, 1, 2].map(() => redriveDeadLetters(database, {}, { ratePerSecond: 500 })));
      expect(results.reduce((sum, { redriven }) => sum + redriven, 0)).toBe(30);
      await settle();
      expect(handled.map(({ key }) => key).sort()).toEqual(keys.sort());
      expect(await outboxRows(url)).toHaveLength(60);
    }),
  );

  it(
    'go no faster than the rate, end at a signal and at the limit, and tell how many are left',
    inScene(async ({ database, kill }) => {
      await kill(...Array.from({ length: 12 }, (_, i) => `k${i}`));
      const began = performance.now();
      expect(await redriveDeadLetters(database, { limit: 4 }, { ratePerSecond: 10 })).toMatchObject({
        redriven: 4,
        left: 8,
      });
      expect(performance.now() - began).toBeGreaterThan(250);
      const stopping = new AbortController();
      const onEvent = (): void => stopping.abort();
      const stopped = await redriveDeadLetters(database, {}, { ratePerSecond: 10, signal: stopping.signal, onEvent });
      expect(stopped).toMatchObject({ redriven: 1, left: stopped.left });
      expect(stopped.left).toBeGreaterThanOrEqual(7);
      for (const ratePerSecond of [0, -1, NaN]) {
        await expect(redriveDeadLetters(database, {}, { ratePerSecond })).rejects.toMatchObject({ code: 'BAD_OPTION' });
      }
    }),
  );

  it(
    'that were parked wait for nobody, need a note, and come back by their id alone',
    inScene(async ({ database, kill, repair, settle, handled }) => {
      const [first, second] = await kill('a', 'b');
      await expect(parkDeadLetters(database, {}, { note: ' ' })).rejects.toMatchObject({ code: 'BAD_OPTION' });
      const ids = [first!.id];
      expect(await parkDeadLetters(database, { ids }, { note: 'told by phone' })).toEqual({ parked: 1, skipped: 0 });
      expect(await parkDeadLetters(database, { ids }, { note: 'again' })).toEqual({ parked: 0, skipped: 1 });
      expect(await listDeadLetters(database, { state: 'PARKED' })).toMatchObject([
        { id: first!.id, note: 'told by phone' },
      ]);
      expect(await countDeadLetters(database)).toMatchObject([{ count: 1 }]);
      repair();
      expect(await redriveDeadLetters(database, {})).toMatchObject({ redriven: 1 });
      await settle();
      expect(handled).toMatchObject([{ key: 'b', id: second!.messageId }]);
      expect(await redriveDeadLetters(database, { ids })).toMatchObject({ redriven: 1 });
      await settle();
      expect(handled).toMatchObject([{ key: 'b' }, { key: 'a' }]);
    }),
  );

  it(
    'that are on their way are redriven again only by id and by force, and handled once',
    inScene(async ({ database, kill, repair, settle, handled }) => {
      const ids = idsOf(await kill('a'));
      repair();
      await redriveDeadLetters(database, { ids });
      expect(await redriveDeadLetters(database, { ids })).toEqual({ redriven: 0, refused: [], skipped: 1, left: 0 });
      expect(await redriveDeadLetters(database, { ids }, { force: true })).toMatchObject({ redriven: 1 });
      await settle();
      expect(handled).toHaveLength(1);
      const unknown = redriveDeadLetters(database, { ids: [...ids, 998, 999] });
      await expect(unknown).rejects.toMatchObject({
        code: 'DEAD_LETTER_UNKNOWN',
        message: expect.stringContaining('998, 999'),
      });
    }),
  );

  it(
    'that the transport refused go the same way once it takes them',
    inScene(async ({ database, transport, say, repair, settle }) => {
      repair();
      await say({ type: 'OrderPlaced', aggregate: 'nowhere', key: 'a', data: 1 });
      await settle();
      expect(await listDeadLetters(database)).toMatchObject([
        { group: '', topic: 'nowhere', reason: 'UNKNOWN_TOPIC', handler: 'relay' },
      ]);
      expect(await outboxStatus(database)).toMatchObject({ pending: 0, refused: 1 });
      await transport.createTopics([{ topic: 'nowhere', partitions: 1 }]);
      expect(await redriveDeadLetters(database, { group: '' })).toMatchObject({ redriven: 1 });
      await settle();
      expect(await transport.lag('nobody', ['nowhere'])).toMatchObject([{ lag: 1 }]);
    }),
  );

  it.each<[string, Partial<WireMessage>]>([
    ['no JSON', { value: '{"half' }],
    ['no id that a column holds', { headers: { id: 'é1', type: 'OrderPlaced' } }],
    ['an id longer than the outbox takes', { headers: { id: 'x'.repeat(65), type: 'Unheard' } }],
    ['no type', { headers: { id: 'bad-2' } }],
    ['an aggregate of any length', { headers: { id: 'bad-3', type: 'OrderPlaced', aggregate: 'é'.repeat(300) } }],
    [
      'an instant that no column holds',
      { headers: { id: 'bad-4', type: 'Unheard', occurredAt: '+100000-01-01T00:00:00Z' } },
    ],
  ])(
    'of a message with %s are kept, do not stop the others, are not redriven and can be parked',
    async (_what, bad) => {
      await withDeadLetterScene(server, async (scene) => {
        const letter = await publishBad(scene, bad);
        expect(letter).toMatchObject({ reason: 'BAD_MESSAGE', attempts: 1 });
        const { database } = scene;
        const { payloadText, payload } = await readDeadLetter(database, letter.id);
        expect(payloadText).toBe(bad.value ?? '{}');
        expect(payload).toEqual(bad.value ?? {});
        const result = await redriveDeadLetters(database, {}, { force: true });
        expect(result).toMatchObject({ redriven: 0, refused: [{ id: letter.id, why: 'malformed' }] });
        expect(await outboxRows(scene.url)).toEqual([]);
        expect(await parkDeadLetters(database, {}, { note: 'nobody can read it' })).toMatchObject({ parked: 1 });
        scene.repair();
        await scene.say(order('bad'));
        await scene.settle();
        expect(scene.handled).toHaveLength(1);
      });
    },
  );

  it(
    'with the longest id that an outbox takes are redriven',
    inScene(async (scene) => {
      const headers = { id: 'x'.repeat(64), type: 'OrderPlaced', schemaVersion: '2' };
      const letter = await publishBad(scene, { headers });
      expect(await redriveDeadLetters(scene.database, { ids: [letter.id] }, { force: true })).toMatchObject({
        redriven: 1,
        refused: [],
      });
      expect(await outboxRows(scene.url)).toMatchObject([{ id: headers.id }]);
    }),
  );

  it(
    'hold whatever error and headers came along',
    inScene(async (scene) => {
      const headers = { id: 'big', type: 'Unheard', firstFailureAt: 'never', more: 'é'.repeat(60_000) };
      const letter = await publishBad(scene, { headers });
      expect((await readDeadLetter(scene.database, letter.id)).headers).toEqual({ id: 'big', type: 'Unheard' });
    }),
  );
});
