import { setTimeout as sleep } from 'node:timers/promises';

import { connect, migrate } from 'tablepick/database';
import { type OutboxStatus, createKafkaTransport, outboxStatus, parseKafkaUrl, startRelay } from 'tablepick/messaging';
import { reservationTopic, sagaTopics } from 'tablepick/payments';
import { createReservations } from 'tablepick/reservations';
import { recordSaga } from 'tablepick/saga';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { expectNoOpenTransactions, expectSameSet, until, untilQuiet } from '../support/fire-judge.js';
import { enginesUnderFire, isShare } from '../support/fire-share.js';
import { type PrivateSandbox, startPrivateSandbox } from '../support/private-server.js';
import { type ReservationScene, withReservationScene } from '../support/reservation-scene.js';
import { testServer } from '../support/servers.js';

const awayMs = isShare ? 10_000 : 60_000;
const beforeMs = isShare ? 4000 : 15_000;
const engines = enginesUnderFire('mysql');
const AT_ONCE = 4;
/** Of each of them. */
const EVERY_MS = 50;
const SLOTS = 40;

describe.each(engines)('while the broker is away, with reservations on %s', (engine) => {
  let broker: PrivateSandbox;

  beforeAll(async () => {
    // Members are missed soon, and not only after ten seconds.
    broker = await startPrivateSandbox('kafka', { serverOptions: ['--override=group.min.session.timeout.ms=1000'] });
  });
  afterAll(() => broker?.remove());

  it('guests reserve as fast as before, and all they did is told when it is back', async () => {
    await withReservationScene(testServer(engine), { slots: SLOTS, capacity: 1_000_000 }, async (scene) => {
      await migrate(scene.database);
      const transport = createKafkaTransport({ ...parseKafkaUrl(broker.url), sessionTimeoutMs: 2000 });
      const relayDb = await connect({ url: scene.url, poolSize: 4 });
      await transport.createTopics(sagaTopics());
      const heard = new Set<string>();
      const relay = startRelay({ database: relayDb, transport, cleanUp: false });
      const subscription = await transport.subscribe({
        group: 'away',
        topics: [reservationTopic],
        onBatch: async ({ messages, assignment }) => {
          for (const { headers } of messages) heard.add(headers.id!);
          await assignment.commit(messages.at(-1)!.offset + 1n);
        },
      });
      const traffic = reserveOnAndOn(scene);
      try {
        const before = await traffic.rate(beforeMs);
        await broker.kill();
        const watched = watchOutbox(scene);
        const away = await traffic.rate(awayMs);
        expectGrowing(await watched.stop());
        console.log(`${before.toFixed(0)} reservations a second before, ${away.toFixed(0)} while it was away`);
        expect(away).toBeGreaterThan(before * 0.8);
        await broker.start();
        await sleep(1000);
      } finally {
        await traffic.stop();
      }
      const began = performance.now();
      const readers = [{ group: 'away', topics: [reservationTopic] }];
      await untilQuiet({ transport, outboxes: [scene.database], readers });
      const sent = await scene.database.query<{ id: string }>("SELECT id FROM outbox WHERE status = 'SENT'");
      await until('the last message', async () => heard.size >= sent.length, 20_000);
      console.log(`${sent.length} messages, all told ${Math.round(performance.now() - began)} ms after the last one`);
      expectSameSet(
        heard,
        sent.map(({ id }) => id),
      );
      expect(sent.length).toBeGreaterThanOrEqual(traffic.reserved());
      expect((await outboxStatus(scene.database)).oldestSeconds).toBeNull();
      await expectNoOpenTransactions(scene.url);
      await relay.stop();
      await subscription.stop();
      await transport.close();
      await relayDb.close();
    });
  });
});

/** Guests at a fixed pace; who is served late is followed at once by who came meanwhile. */
function reserveOnAndOn({ database }: ReservationScene) {
  const reservations = createReservations({ database, recordChanges: recordSaga() });
  let [isOver, member, reserved] = [false, 0, 0];
  const serve = async () => {
    for (let dueMs = performance.now(); !isOver; dueMs += EVERY_MS) {
      await sleep(Math.max(0, dueMs - performance.now()));
      const memberId = (member += 1);
      const request = { slotId: 1 + (memberId % SLOTS), memberId, partySize: 1, idempotencyKey: `guest-${memberId}` };
      const { kind } = await reservations.reserve(request);
      expect(kind).toBe('reserved');
      reserved += 1;
    }
  };
  const lanes = Promise.all(Array.from({ length: AT_ONCE }, serve));
  lanes.catch(() => {});
  return {
    reserved: () => reserved,
    /** Resolves with how many it were a second in this time. */
    rate: async (ms: number) => {
      const [before, began] = [reserved, performance.now()];
      await Promise.race([sleep(ms), lanes]);
      return ((reserved - before) / (performance.now() - began)) * 1000;
    },
    stop: async () => {
      isOver = true;
      await lanes;
      await reservations.close();
    },
  };
}

function watchOutbox({ database }: ReservationScene): { stop(): Promise<OutboxStatus[]> } {
  const seen: OutboxStatus[] = [];
  const stopping = new AbortController();
  const { signal } = stopping;
  const done = (async () => {
    // What was being sent when the broker went is not sent yet, and not yet the oldest either.
    await sleep(1000, undefined, { signal }).catch(() => {});
    while (!signal.aborted) {
      seen.push(await outboxStatus(database));
      await sleep(1000, undefined, { signal }).catch(() => {});
    }
    return seen;
  })();
  return { stop: () => (stopping.abort(), done) };
}

/** Each look finds more messages waiting, and the oldest older by about a second. */
function expectGrowing(seen: readonly OutboxStatus[]): void {
  expect(seen.length).toBeGreaterThanOrEqual(Math.floor(awayMs / 1000) - 3);
  for (const [index, status] of seen.entries()) {
    const before = seen[index - 1];
    expect(status.oldestSeconds).not.toBeNull();
    if (before === undefined) continue;
    expect(status.pending).toBeGreaterThan(before.pending);
    expect(status.oldestSeconds! - before.oldestSeconds!).toBeGreaterThan(0.8);
  }
  expect(seen.at(-1)!.oldestSeconds!).toBeGreaterThan(awayMs / 1000 - 4);
}
