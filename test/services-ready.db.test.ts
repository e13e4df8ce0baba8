import { type Database, connect } from 'tablepick/database';
import { type Transport, openTransport } from 'tablepick/messaging';
import { createMetrics } from 'tablepick/observe';
import type { Services } from 'tablepick/services';
import { describe, expect, it } from 'vitest';

import { runAll } from './support/altered-tables.js';
import { startPrivateServer } from './support/private-server.js';
import { type ServicesScene, withServicesScene } from './support/services-scene.js';
import { testServers } from './support/servers.js';
import { startStallingProxy } from './support/stalling-proxy.js';

/** What an answer to clients may say: no name, address or user. */
const PLAIN_WORDS = /^[a-z ]+$/;

const alone = { payment: undefined, notifications: undefined } as const;

interface Answer {
  ready: boolean;
  missing: { what: string; why: string }[];
}

async function askReady(services: Services): Promise<{ status: number; body: Answer }> {
  const answer = await fetch(`${services.reservation!.url}/ready`);
  const body = (await answer.json()) as Answer;
  for (const { why } of body.missing) expect(why).toMatch(PLAIN_WORDS);
  return { status: answer.status, body };
}

/** The error of the first event that says that `what` is missing. */
function reported({ events }: ServicesScene, what: string): string {
  const told = events.find((event) => event.kind === 'not-ready' && event.what === what);
  return told?.kind === 'not-ready' ? String(told.error) : 'nothing';
}

/** Runs `work` with the database behind a proxy that can fall silent. */
async function withSilentPath(
  { database }: ServicesScene,
  url: string,
  work: (handle: Database, path: { stall(): void; goOn(): void }) => Promise<void>,
): Promise<void> {
  const proxy = await startStallingProxy(url);
  const behind = new URL(proxy.url);
  behind.pathname = database.server.database;
  const handle = await connect({ url: behind.href, poolSize: 8, statementTimeoutMs: 2000, connectTimeoutMs: 2000 });
  try {
    await work(handle, proxy);
  } finally {
    proxy.goOn();
    await handle.close();
    await proxy.close();
  }
}

describe.each(testServers())('a service on $name', (server) => {
  it('says that a silent database does not answer, however often it is asked, and that it is back', async () => {
    await withServicesScene(server, async (scene) => {
      await withSilentPath(scene, server.url, async (database, path) => {
        const reservation = { ...scene.settings().reservation!, database };
        const services = await scene.start({ ...alone, reservation, readyWithinMs: 300 });
        expect(await askReady(services)).toEqual({ status: 200, body: { ready: true, missing: [] } });
        path.stall();
        const answers = await Promise.all(Array.from({ length: 20 }, () => askReady(services)));
        const [first] = answers;
        expect(first).toMatchObject({ status: 503, body: { ready: false, missing: [{ what: 'database' }] } });
        expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
        expect(await services.ready()).toMatchObject({ missing: [{ service: 'reservation', what: 'database' }] });
        expect(reported(scene, 'database')).toMatch(/no answer within/);
        path.goOn();
        await expect.poll(async () => (await services.ready()).ready, { timeout: 30_000 }).toBe(true);
        await services.stop();
      });
    });
  });

  it('tells its metrics without the gauges of a silent database', async () => {
    await withServicesScene(server, async (scene) => {
      await withSilentPath(scene, server.url, async (database, path) => {
        const reservation = { ...scene.settings().reservation!, database };
        const metrics = await createMetrics();
        const transport = { kind: 'database', database } as const;
        const services = await scene.start({ ...alone, reservation, transport, metrics });
        expect((await metrics.text()).text).toMatch(/^tablepick_outbox_pending\{/m);
        path.stall();
        const { text } = await metrics.text();
        expect(text).toMatch(/^process_cpu_seconds_total/m);
        expect(text).not.toMatch(/^tablepick_(outbox_pending|dead_letters|consumer_lag)\{/m);
        path.goOn();
        await services.stop();
      });
    });
  });

  it('sees within seconds that a table is gone that was there', async () => {
    await withServicesScene(server, async (scene) => {
      const services = await scene.start(alone);
      expect((await askReady(services)).status).toBe(200);
      await runAll(scene.database, 'RENAME TABLE reservation_history TO history_elsewhere');
      await expect.poll(async () => (await askReady(services)).status, { timeout: 15_000 }).toBe(503);
      await services.stop();
    });
  });

  it.each([
    ['a table that is gone', 'DROP TABLE reservation_history', 'table reservation_history is missing'],
    ['an old table', 'ALTER TABLE compensation DROP COLUMN attempts', 'attempts'],
  ])('says that tables are missing: %s', async (_, change, told) => {
    await withServicesScene(server, async (scene) => {
      const services = await scene.start(alone);
      await runAll(scene.database, change);
      expect(await askReady(services)).toMatchObject({ status: 503, body: { missing: [{ what: 'tables' }] } });
      expect(reported(scene, 'tables')).toContain(told);
      // It is not remembered as missing.
      expect((await services.ready()).ready).toBe(false);
    });
  });

  it('says that the transport does not answer', async () => {
    await withServicesScene(server, async (scene) => {
      let lag: Transport['lag'] = async () => [];
      const open = await openTransport({ kind: 'database', database: scene.database });
      const transport: Transport = { ...open, name: 'of mine', lag: (...asked) => lag(...asked) };
      const services = await scene.start({ ...alone, transport, readyWithinMs: 100 });
      lag = () => new Promise(() => {});
      expect(await askReady(services)).toMatchObject({ status: 503, body: { missing: [{ what: 'transport' }] } });
      expect(reported(scene, 'transport')).toMatch(/no answer within 100 ms/);
      await services.stop();
      await open.close();
    });
  });
});

describe('a service on a server of its own', () => {
  it('says that it is read-only, that it is away, and that it is back', async () => {
    const server = await startPrivateServer('mysql');
    try {
      await withServicesScene(server, async (scene) => {
        const services = await scene.start({ ...alone, readyWithinMs: 1000 });
        await runAll(scene.database, 'SET GLOBAL super_read_only = 1');
        expect(await askReady(services)).toMatchObject({ status: 503, body: { missing: [{ what: 'writer' }] } });
        await server.kill();
        await expect.poll(async () => (await askReady(services)).body.missing[0]?.what).toBe('database');
        await server.start();
        await expect.poll(async () => (await services.ready()).ready, { timeout: 60_000 }).toBe(true);
      });
    } finally {
      await server.remove();
    }
  });
});
