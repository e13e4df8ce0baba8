import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type CliDatabase, createCliDatabase } from './support/cli-database.js';
import { type RunningCli, expectOneClearLine, jsonOf, runCli, startCli } from './support/run-cli.js';
import { testKafkaUrl } from './support/servers.js';

const ANY_PORTS = ['reservation', 'payment', 'gateway'].flatMap((name) => [`--${name}-port`, '0']);
const ALL = ['reservation', 'payment', 'gateway', 'notifications'];

let database: CliDatabase;
let folder: string;

beforeAll(async () => {
  database = await createCliDatabase();
  await database.query(`CREATE DATABASE \`${nameOf(database.url)}_payment\``);
  const made = await database.run('init', '--payment');
  expect(made.code, made.stderr).toBe(0);
  folder = await mkdtemp(path.join(tmpdir(), 'tablepick-mails-'));
});

afterAll(async () => {
  await database.query(`DROP DATABASE \`${nameOf(database.url)}_payment\``);
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

interface Served extends RunningCli {
  urls: Record<string, string>;
}

async function serve(services: string[], ...words: string[]): Promise<Served> {
  const cli = startCli(['serve', ...services, ...ANY_PORTS, '--json', ...words], {
    TABLEPICK_DATABASE_URL: database.url,
  });
  let stdout = '';
  cli.child.stdout?.on('data', (text: string) => (stdout += text));
  await cli.printed(/\}\n/);
  const { services: told } = JSON.parse(stdout) as { services: { service: string; url?: string }[] };
  return { ...cli, urls: Object.fromEntries(told.map(({ service, url = '' }) => [service, url])) };
}

async function call(
  url: string,
  method = 'GET',
  body?: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body), headers }) });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function until(url: string, state: string): Promise<Record<string, unknown>> {
  for (const deadline = Date.now() + 30_000; ; await sleep(50)) {
    const { body } = await call(url);
    if (body.state === state) return body;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(body)}`);
  }
}

describe('tablepick serve', () => {
  it.each([['database'], ['kafka']])('runs the whole flow in one process over %s, until Ctrl-C', async (transport) => {
    const kafka = ['--brokers', testKafkaUrl(), '--topic-prefix', `${nameOf(database.url)}.`];
    const mails = path.join(folder, transport);
    const words = ['--callback-delay', '20ms', '--mail-folder', mails, '--metrics-port', '0'];
    words.push('--cors-origins', 'https://shop.example/');
    const served = await serve(ALL, ...words, ...(transport === 'kafka' ? kafka : []));
    try {
      const { reservation = '', gateway = '', metrics = '' } = served.urls;
      const slotId = transport === 'kafka' ? 2 : 1;
      const made = await call(`${reservation}/reservations`, 'POST', { slotId, memberId: 7, partySize: 2 });
      expect(made).toMatchObject({ status: 201, body: { kind: 'reserved', status: 'PENDING' } });
      const url = `${reservation}/reservations/${String(made.body.reservationId)}`;
      expect(await until(`${url}?memberId=7`, 'CONFIRMED')).toMatchObject({
        status: 'CONFIRMED',
        paymentStatus: 'PAID',
      });
      expect(await call(`${reservation}/reservations`, 'POST', { slotId, memberId: 7, partySize: 2 })).toMatchObject({
        status: 409,
        body: { kind: 'duplicate' },
      });
      const ofAnother = await call(`${url}/cancel`, 'POST', { memberId: 8 });
      expect(ofAnother).toMatchObject({ status: 404, body: { kind: 'not-found' } });
      const ofNobody = await call(`${reservation}/reservations/999999/cancel`, 'POST', { memberId: 8 });
      expect({ ...ofNobody, body: { ...ofNobody.body, id: ofAnother.body.id } }).toEqual(ofAnother);
      expect(await call(`${url}?memberId=8`)).toMatchObject({ status: 404, body: { kind: 'not-found' } });
      expect(await call(`${url}/cancel`, 'POST', { memberId: 7 })).toMatchObject({
        status: 200,
        body: { kind: 'cancelled' },
      });
      await until(`${url}?memberId=7`, 'COMPENSATED');
      const { idempotencyKey } = made.body;
      const repeated = await call(`${reservation}/reservations`, 'POST', {
        slotId,
        memberId: 7,
        partySize: 2,
        idempotencyKey,
      });
      expect(repeated).toMatchObject({ status: 201, body: { kind: 'reserved', status: 'CANCELLED' } });
      const ledger = await (await fetch(`${gateway}/ledger`)).text();
      expect(JSON.parse(ledger.split('\n')[0]!)).toMatchObject({ charged: 10_000, refunded: 10_000 });
      expect(await (await fetch(`${metrics}/metrics`)).text()).toMatch(
        /tablepick_consumer_handled_total\{group="payments",type="RefundRequested"\} 1/,
      );
      const asPage = async (url: string) => (await fetch(url, { headers: { Origin: 'https://shop.example' } })).status;
      expect(await asPage(`${metrics}/metrics`)).toBe(403);
      expect(await asPage(`${reservation}/health`)).toBe(200);
      for (const deadline = Date.now() + 20_000; (await readdir(mails)).length < 2; await sleep(50))
        expect(Date.now()).toBeLessThan(deadline);
    } finally {
      served.child.kill('SIGINT');
    }
    expect((await served.ended).code).toBe(130);
  });

  it('takes a trace that can be read, and makes a new one of any other', async () => {
    const served = await serve(['reservation']);
    try {
      const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
      const sent = [trace, 'x'.repeat(300), `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`, trace.toUpperCase()];
      const kept: string[] = [];
      for (const [index, traceparent] of sent.entries()) {
        const body = JSON.stringify({ slotId: 40 + index, memberId: 9, partySize: 1 });
        const url = `${served.urls.reservation}/reservations`;
        const answer = await fetch(url, {
          method: 'POST',
          body,
          headers: { traceparent, 'Content-Type': 'application/json' },
        });
        expect(answer.status).toBe(201);
        const [row] = await database.query('SELECT traceparent FROM outbox ORDER BY seq DESC LIMIT 1');
        kept.push(String(row?.traceparent));
      }
      expect(kept[0]).toBe(trace);
      const isNew = (text: string) => /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/.test(text) && !sent.includes(text);
      expect(kept.slice(1).filter(isNew)).toHaveLength(3);
    } finally {
      served.child.kill('SIGINT');
    }
    await served.ended;
  });

  it('writes mails into a folder of the sandbox that is meant', async () => {
    const env = { TABLEPICK_DATABASE_URL: database.url, TABLEPICK_HOME: folder };
    for (const [instance, name] of [
      [{}, 'default'],
      [{ TABLEPICK_SANDBOX: 'other' }, 'other'],
    ] as const) {
      const cli = startCli(['serve', 'notifications'], { ...env, ...instance });
      try {
        await cli.printed(new RegExp(`mails are written to ${path.join(folder, 'mail', name)}\\s`));
      } finally {
        cli.child.kill('SIGINT');
        await cli.ended;
      }
    }
  });

  it('does not begin with a folder for mails that none can be written into', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    await symlink(path.join(folder, 'nothing'), path.join(folder, 'dangling'));
    for (const [name, why] of [
      [file, 'cannot be written'],
      [path.join(folder, 'dangling'), 'a link to something that is not there'],
      ['/proc/mails', 'no such file or folder'],
    ] as const) {
      const refused = await database.run('serve', 'notifications', '--for', '1ms', '--mail-folder', name);
      expectOneClearLine(refused, 2, new RegExp(`the mail folder ${name} .*${why}`));
    }
  });

  it('answers what is wrong with a request, and stays', async () => {
    const served = await serve(ALL, '--mail-folder', folder);
    try {
      const reservation = served.urls.reservation!;
      for (const [method, at, body, status] of [
        ['POST', '/reservations', { slotId: 1, memberId: 'x', partySize: 1 }, 422],
        ['POST', '/reservations', [], 422],
        ['POST', '/reservations', { slotId: 1, memberId: 1, partySize: 1, holdTtlMs: 1 }, 422],
        ['POST', '/reservations', { slotId: 999_999, memberId: 1, partySize: 1 }, 404],
        ['GET', '/reservations/0', undefined, 400],
        ['GET', '/reservations/1', undefined, 400],
        ['GET', '/reservations/999999?memberId=1', undefined, 404],
        ['POST', '/reservations/1/cancel', undefined, 422],
        ['POST', '/reservations/1/cancel', { memberId: 1.5 }, 422],
        ['GET', '/nowhere', undefined, 404],
      ] as const) {
        const answer = await call(`${reservation}${at}`, method, body);
        expect([at, answer.status, typeof answer.body.detail]).toEqual([at, status, 'string']);
      }
      expect((await call(`${reservation}/health`)).body).toEqual({ ok: true });
      expect((await call(`${reservation}/ready`)).body).toEqual({ ready: true, missing: [] });
    } finally {
      served.child.kill('SIGTERM');
    }
    expect((await served.ended).code).toBe(143);
  });

  it('listens for other machines when it checks tokens, and lets in their senders alone', async () => {
    const secret = 'a secret of more than thirty-two bytes';
    const file = path.join(folder, 'jwt-secret');
    await writeFile(file, `${secret}\n`);
    const served = await serve(['reservation'], '--host', '0.0.0.0', '--jwt-secret-file', file);
    try {
      const url = `${served.urls.reservation!}/reservations`;
      const token = await new SignJWT({ sub: '77' })
        .setProtectedHeader({ alg: 'HS256' })
        .setExpirationTime('1m')
        .sign(new TextEncoder().encode(secret));
      const send = async (authorization: string) => {
        const headers = { 'Content-Type': 'application/json', authorization };
        const answer = await fetch(url, { method: 'POST', body: '{"slotId":50,"partySize":1}', headers });
        return { status: answer.status, body: (await answer.json()) as { reservationId: number } };
      };
      expect((await send('Bearer none')).status).toBe(401);
      const made = await send(`Bearer ${token}`);
      expect(made.status).toBe(201);
      const [row] = await database.query(`SELECT member_id FROM reservation WHERE id = ${made.body.reservationId}`);
      expect(row?.member_id).toBe(77);
    } finally {
      served.child.kill('SIGINT');
    }
    await served.ended;
  });

  it('says why it could not check who sends a request, by the id that the client was told', async () => {
    const served = await serve(['reservation'], '--jwt-jwks-url', 'http://127.0.0.1:6/keys');
    try {
      const header = Buffer.from('{"alg":"ES256","kid":"a"}').toString('base64url');
      const answer = await fetch(`${served.urls.reservation!}/reservations/1`, {
        headers: { authorization: `Bearer ${header}.e30.AAAA` },
      });
      expect(answer.status).toBe(503);
      const { id } = (await answer.json()) as { id: string };
      await served.said(new RegExp(`request ${id}, GET /reservations/1: .*could not be checked.*: fetch failed: `));
    } finally {
      served.child.kill('SIGINT');
    }
    await served.ended;
  });

  it('refuses what cannot be served with one clear line', async () => {
    const env = { TABLEPICK_DATABASE_URL: database.url };
    const busy = await serve(['gateway'], '--callback-delay', '1ms', '--callback-secret', 's');
    const port = new URL(busy.urls.gateway!).port;
    const jwtFile = path.join(folder, 'jwt-key');
    await writeFile(jwtFile, `${'k'.repeat(40)}\n`);
    for (const [words, code, message] of [
      [['kitchen'], 2, /no service 'kitchen'/],
      [[], 2, /missing required argument/],
      [['payment', '--callback-secret', 's'], 2, /no payment provider is named/],
      [['payment', '--gateway-url', 'ftp://x', '--callback-secret', 's'], 2, /gateway|url/i],
      [['payment', '--gateway-url', 'http://127.0.0.1:1'], 2, /no secret is named/],
      [['gateway', '--callback-delay', '1s'], 2, /no secret is named/],
      [['gateway', '--callback-secret', 's', '--gateway-port', port], 2, /in use/],
      [['gateway', '--host', '0.0.0.0', '--gateway-port', '0'], 2, /0\.0\.0\.0 is reached from other machines/],
      [['payment', 'gateway', '--host', '0.0.0.0', '--jwt-secret-file', jwtFile], 2, /the gateway asks nobody/],
      [['gateway', '--callback-origins', 'here'], 2, /'here' in --callback-origins is no origin/],
      [['gateway', '--callback-origins', 'http://*'], 2, /'http:\/\/\*' in --callback-origins is no origin/],
      [['gateway', '--callback-url', 'here'], 2, /callback URL/],
      [['reservation', '--cors-origins', '*'], 2, /'\*' in --cors-origins is no origin/],
      [['reservation', '--allowed-hosts', '*'], 2, /'\*' in --allowed-hosts is no name/],
      [['reservation', '--jwt-issuer', 'X', '--jwt-operator-scope', 'op'], 2, /--jwt-issuer needs --jwt-jwks-url or/],
      [['reservation', '--jwt-operator-scope', 'op'], 2, /--jwt-operator-scope needs --jwt-jwks-url or/],
      [['reservation', '--jwt-jwks-url', 'http://id.example/keys'], 2, /no https URL/],
      [['reservation', '--jwt-secret-file', jwtFile, '--jwt-operator-scope', 'a b'], 2, /not one word: 'a b'/],
      [['reservation', '--jwt-secret-file', jwtFile, '--jwt-audience', ''], 2, /audience/],
      [['reservation', '--jwt-secret-file', '/nowhere/key'], 2, /jwt-secret-file|\/nowhere\/key/],
      [['notifications', '--mail-to', 'nobody'], 2, /mail address|address/],
      [['reservation', '--brokers', 'kafka'], 2, /no host:port/],
      [['reservation', '--brokers', '127.0.0.1:1', '--reservation-port', '0'], 1, /127\.0\.0\.1:1/],
    ] as const) {
      const result = await runCli(['serve', ...words, '--quiet'], env);
      expectOneClearLine(result, code, message);
    }
    busy.child.kill('SIGINT');
    await busy.ended;
  });
});

describe('tablepick saga', () => {
  it('shows and lists, and refuses what is not stuck', async () => {
    const made = await database.run('reserve', '--slot', '30', '--member', '3', '--json');
    const id = String(jsonOf(made).reservationId);
    expect((await database.run('saga', 'list')).stdout).toMatch(new RegExp(`^ *${id} +AWAITING_PAYMENT +PENDING`, 'm'));
    expect((await database.run('saga', 'list', '--stuck')).stdout).toMatch(/no saga is stuck/);
    expect((await database.run('saga', 'show', id)).stdout).toMatch(/saga +AWAITING_PAYMENT/);
    expectOneClearLine(await database.run('saga', 'retry', id), 5, /needs no compensation/);
    expectOneClearLine(await database.run('saga', 'resolve', id, '--note', 'x'), 5, /needs no compensation/);
    expectOneClearLine(await database.run('saga', 'resolve', id), 2, /--note/);
    expectOneClearLine(await database.run('saga', 'show', '999999'), 5, /no reservation 999999/);
    expectOneClearLine(await database.run('saga', 'show', 'x'), 2, /<reservation>/);
    await database.query(
      "INSERT INTO compensation (reservation_id, state, reason) VALUES (888, 'COMPENSATION_FAILED', 'test')",
    );
    expect((await database.run('saga', 'list', '--stuck')).stdout).toMatch(/^ *888 +COMPENSATION_FAILED +gone/m);
    expect((await database.run('saga', 'show', '888')).stdout).toMatch(/seat +gone/);
  });

  it('simulates failures and says whether money and seats are right', async () => {
    const file = path.join(folder, 'compensation.md');
    const result = await database.run('saga', 'simulate', '--faults', 'duplicate', '--markdown', file, '--json');
    expect(result.code, result.stderr).toBe(0);
    expect(jsonOf(result)).toMatchObject({ ok: true, transport: 'database' });
    expect(await readdir(folder)).toContain('compensation.md');
    expectOneClearLine(await database.run('saga', 'simulate', '--faults', 'rain'), 2, /'rain', which never goes wrong/);
  });
});
