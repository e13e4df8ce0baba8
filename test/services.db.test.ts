import { readdir } from 'node:fs/promises';

import { createMetrics } from 'tablepick/observe';
import { reservationTopic } from 'tablepick/payments';
import { describe, expect, it } from 'vitest';

import { runAll } from './support/altered-tables.js';
import { freePort } from './support/free-port.js';
import { type ServicesScene, withServicesScene } from './support/services-scene.js';
import { testServers } from './support/servers.js';

const WAIT = { timeout: 30_000, interval: 20 };

const nobodyListens = { cause: { code: 'ECONNREFUSED' } };

async function reserve(url: string, memberId: number): Promise<{ status: number; id: number }> {
  const answer = await fetch(`${url}/reservations`, {
    method: 'POST',
    body: JSON.stringify({ slotId: 1, memberId, partySize: 2 }),
    headers: { 'content-type': 'application/json' },
  });
  return { status: answer.status, id: ((await answer.json()) as { reservationId: number }).reservationId };
}

/** Subscriptions that are known to the database's transport. */
async function members({ database }: ServicesScene): Promise<number> {
  const [row] = await database.query<{ count: number }>('SELECT COUNT(*) AS count FROM message_member');
  return row!.count;
}

describe.each(testServers())('services in this process on $name', (server) => {
  it('run the whole flow, tell and count it, and stop', async () => {
    await withServicesScene(server, async (scene) => {
      const metrics = await createMetrics();
      const services = await scene.start({ metrics });
      const { url = '', reservations } = services.reservation!;
      expect(await services.ready()).toEqual({ ready: true, missing: [] });
      const made = await reserve(url, 7);
      expect(made.status).toBe(201);
      const status = async () => {
        const sql = 'SELECT status FROM reservation WHERE id = ?';
        return (await scene.database.query<{ status: string }>(sql, [made.id]))[0]!.status;
      };
      await expect.poll(status, WAIT).toBe('CONFIRMED');
      await expect.poll(() => readdir(scene.mailFolder), WAIT).toHaveLength(1);
      const again = { slotId: 1, memberId: 7, partySize: 2, idempotencyKey: 'another' };
      expect((await reservations.reserve(again)).kind).toBe('duplicate');
      await expect(reservations.reserve({ ...again, slotId: 999 })).rejects.toMatchObject({ code: 'UNKNOWN_SLOT' });
      const { strategy } = reservations;
      for (const line of [
        'tablepick_reservations_total{strategy="STRATEGY",outcome="reserved"} 1',
        'tablepick_reservations_total{strategy="STRATEGY",outcome="duplicate"} 1',
        'tablepick_reservations_total{strategy="STRATEGY",outcome="refused"} 1',
        'tablepick_reservation_seconds_count{strategy="STRATEGY",outcome="reserved"} 1',
        'tablepick_gateway_calls_total{call="approve",outcome="approved"} 1',
        'tablepick_consumer_handled_total{group="reservations",type="PaymentSucceeded"} 1',
        'tablepick_http_requests_total{server="reservation",route="/reservations",status="201"} 1',
        'tablepick_outbox_pending{service="payment"} 0',
        `tablepick_consumer_lag{group="payments",topic="${reservationTopic}"} 0`,
      ])
        await expect
          .poll(async () => (await metrics.text()).text.split('\n'), WAIT)
          .toContain(line.replace('STRATEGY', strategy));
      expect(new Set(scene.events.map(({ service, kind }) => `${service} ${kind}`))).toEqual(
        new Set([
          'reservation relay',
          'reservation consumer',
          'reservation http-served',
          'payment relay',
          'payment consumer',
          'payment gateway',
          'notifications consumer',
        ]),
      );
      await Promise.all([services.stop(), services.stop()]);
      await expect(fetch(url)).rejects.toMatchObject(nobodyListens);
      expect(await members(scene)).toBe(0);
      expect((await metrics.text()).text).not.toMatch(/^tablepick_outbox_pending\{/m);
      // What was handed in is still open.
      await scene.database.query('SELECT 1');
    });
  });

  it('start all or none', async () => {
    await withServicesScene(server, async (scene) => {
      const busy = await scene.start({ payment: undefined, notifications: undefined });
      const { payment, reservation } = scene.settings();
      const [first, second] = [await freePort(), Number(new URL(busy.reservation!.url!).port)];
      const taken = scene.start({
        payment: { ...payment!, http: { ...payment!.http!, port: first } },
        reservation: { ...reservation!, http: { port: second } },
      });
      await expect(taken).rejects.toMatchObject({ code: 'BAD_OPTION', message: expect.stringMatching(/in use/) });
      await expect(fetch(`http://127.0.0.1:${first}`)).rejects.toMatchObject(nobodyListens);
      expect(await members(scene)).toBe(1);
    });
  });

  it('are stopped by a signal, also while they start', async () => {
    await withServicesScene(server, async (scene) => {
      const aborted = scene.start({ signal: AbortSignal.abort() });
      await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
      const stopping = new AbortController();
      const services = await scene.start({ signal: stopping.signal });
      const { url } = services.payment!;
      stopping.abort();
      await services.stop();
      await expect(fetch(url!)).rejects.toMatchObject(nobodyListens);
      expect(await members(scene)).toBe(0);
    });
  });

  it('end with the block that uses them', async () => {
    await withServicesScene(server, async (scene) => {
      const use = async (): Promise<string> => {
        await using services = await scene.start({ payment: undefined, notifications: undefined });
        const { url } = services.reservation!;
        expect((await reserve(url!, 1)).status).toBe(201);
        return url!;
      };
      await expect(fetch(await use())).rejects.toMatchObject(nobodyListens);
    });
  });

  it('of one kind run beside others in one process, and share metrics', async () => {
    await withServicesScene(server, async (scene) => {
      const metrics = await createMetrics();
      const { payment, reservation } = scene.settings();
      const more = { metrics, notifications: undefined };
      const [one, other] = [
        await scene.start({ ...more, payment: undefined, reservation: { ...reservation!, http: undefined } }),
        await scene.start({ ...more, reservation: undefined, payment: { ...payment!, http: undefined } }),
      ];
      expect([one.reservation!.url, other.payment!.url, other.reservation]).toEqual([undefined, undefined, undefined]);
      const { text } = await metrics.text();
      expect(text).toMatch(/^tablepick_outbox_pending\{service="reservation"\} 0$/m);
      expect(text).toMatch(/^tablepick_outbox_pending\{service="payment"\} 0$/m);
      await one.stop();
      const left = (await metrics.text()).text;
      expect(left).not.toMatch(/^tablepick_outbox_pending\{service="reservation"\}/m);
      expect(left).toMatch(/^tablepick_outbox_pending\{service="payment"\} 0$/m);
    });
  });

  it.each([
    ['payment_history', 'payments', '`tablepick init --payment`'],
    ['outbox', 'payments', '`tablepick init --payment`'],
    ['inbox', 'database', '`tablepick init`'],
    ['message', 'database', '`tablepick init`'],
  ] as const)('do not start without the table %s of %s', async (table, of, command) => {
    await withServicesScene(server, async (scene) => {
      await runAll(scene[of], `DROP TABLE ${table}`);
      await expect(scene.start()).rejects.toMatchObject({
        code: 'MISSING_TABLE',
        message: expect.stringContaining(`table ${table} is missing`),
        hint: expect.stringContaining(command),
      });
      expect(await members(scene)).toBe(0);
      expect(scene.events).toEqual([]);
    });
  });

  it('are told all commands for tables that are missing, and what does not fit', async () => {
    await withServicesScene(server, async (scene) => {
      await runAll(scene.payments, 'DROP TABLE payment');
      await runAll(scene.database, 'DROP TABLE outbox_lane');
      const hint = 'run `tablepick init`; run `tablepick init --payment`';
      await expect(scene.start()).rejects.toMatchObject({ code: 'MISSING_TABLE', hint });
    });
    await withServicesScene(server, async (scene) => {
      await runAll(scene.database, 'ALTER TABLE outbox DROP COLUMN traceparent');
      const hint = expect.stringContaining('ADD COLUMN `traceparent`');
      await expect(scene.start()).rejects.toMatchObject({ code: 'TABLE_UNFIT', hint });
      expect(await members(scene)).toBe(0);
    });
  });
});
