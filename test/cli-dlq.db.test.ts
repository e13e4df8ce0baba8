import { describe, expect, it } from 'vitest';

import { listDeadLetters, outboxStatus, readDeadLetter } from 'tablepick/messaging';

import { makeDeadLetters, say, withMessagingCli } from './support/messaging-cli.js';
import { expectOneClearLine, jsonOf, runCli } from './support/run-cli.js';
import { testServer, withTestDatabase } from './support/servers.js';

const NOBODY = 'mysql://nobody@127.0.0.1:1/none';

const draft = { type: 'PaymentSucceeded', aggregate: 'payments', key: 'k', data: { amount: 5 } };

describe('wrong usage ends with 2 and one clear line, before any server is asked', () => {
  it.each<[string[], RegExp]>([
    [['dlq', 'show'], /missing required argument 'id'/],
    [['dlq', 'show', 'x'], /<id> is 'x'/],
    [['dlq', 'redrive'], /name ids, a filter or --all/],
    [['dlq', 'redrive', '1', '--all'], /either ids, a filter or --all/],
    [['dlq', 'redrive', '--all', '--group', 'kitchen'], /either ids, a filter or --all/],
    [['dlq', 'redrive', '1,x'], /\[ids\] is 'x'/],
    [['dlq', 'redrive', '1', '--service', 'all'], /ids are those of one service/],
    [['dlq', 'redrive', '--all', '--rate', '0/s'], /--rate is '0\/s'/],
    [['dlq', 'redrive', '--all', '--rate', 'fast'], /--rate is 'fast'/],
    [['dlq', 'redrive', '--all', '--since', 'noon'], /--since is 'noon'/],
    [['dlq', 'redrive', '--all', '--most-redrives', '0'], /--most-redrives is '0'/],
    [['dlq', 'park', '1'], /--note.*not specified/],
    [['dlq', 'park', '--note', 'x'], /missing required argument 'ids'/],
    [['dlq', 'list', '--state', 'lost'], /lost.*Allowed choices/],
    [['dlq', 'list', '--service', 'kitchen'], /kitchen.*Allowed choices/],
    [['dlq', 'undo'], /unknown command 'undo'/],
    [['outbox', 'status', '--every', '1ms'], /--every is '1ms'/],
    [['outbox', 'relay', '--transport', 'pigeons'], /pigeons.*Allowed choices/],
  ])('%j', async (words, message) => {
    expectOneClearLine(await runCli(words, { TABLEPICK_DATABASE_URL: NOBODY }), 2, message);
  });
});

describe('tablepick dlq', () => {
  it('lists the letters of every service, shows one whole, and finds none where none is', async () => {
    await withMessagingCli(async ({ run, reservation, payment }) => {
      expect(await run('dlq', 'list')).toMatchObject({ code: 0, stdout: 'no letters that are dead and fit\n' });
      await makeDeadLetters(reservation, ['a', 'b']);
      await makeDeadLetters(payment, ['c'], new TypeError('no fire'));
      const { code, stdout } = await run('dlq', 'list');
      expect(code).toBe(0);
      expect(stdout.split('\n').filter((line) => /^(reservation|payment) /.test(line))).toHaveLength(3);
      expect(stdout).toMatch(/payment +\d+ +dead +kitchen +PaymentSucceeded +c +TypeError +1 +0 .*no fire/);
      const limited = await run('dlq', 'list', '--service', 'reservation', '--limit', '1');
      expect(limited.stdout).toContain('the first 1 of each service');
      expect(jsonOf(await run('dlq', 'list', '--reason', 'TypeError', '--json'))).toMatchObject({
        letters: [{ service: 'payment', key: 'c', state: 'DEAD' }],
        more: false,
      });
      const [letter] = await listDeadLetters(payment);
      const both = await run('dlq', 'show', String(letter!.id));
      expectOneClearLine(both, 2, /reservation and payment each have a dead letter 1/);
      const shown = await run('dlq', 'show', String(letter!.id), '--service', 'payment');
      for (const part of ['no fire', 'TypeError', '"amount": 5', '"id": "id-c"', 'stack', 'cook']) {
        expect(shown.stdout).toContain(part);
      }
      expectOneClearLine(await run('dlq', 'show', '999'), 5, /no dead letter 999/);
    });
  });

  it('redrives one at once and several when told, says that a relay must run, and does nothing twice', async () => {
    await withMessagingCli(async ({ run, reservation }) => {
      const nothing = await run('dlq', 'redrive', '--all', '--yes');
      expect(nothing).toMatchObject({ code: 0, stdout: 'no dead letter fits; nothing was redriven\n' });
      await makeDeadLetters(reservation, ['a', 'b', 'c']);
      const [first] = await listDeadLetters(reservation);
      const one = await run('dlq', 'redrive', String(first!.id));
      expect(one).toMatchObject({ code: 0, stdout: 'reservation: 1 letter redriven\n' });
      expect(one.stderr).toContain('tablepick outbox relay');
      expectOneClearLine(await run('dlq', 'redrive', '--all'), 5, /nobody confirmed: redrive 2 letters/);
      const dry = await run('dlq', 'redrive', '--all', '--dry-run');
      expect(dry).toMatchObject({ code: 0, stdout: 'reservation: 2 letters would be redriven\n' });
      expect(await outboxStatus(reservation)).toMatchObject({ pending: 1, oldestSeconds: null });
      const all = await run('dlq', 'redrive', '--group', 'kitchen', '--rate', '100/s', '--yes', '--json');
      expect(jsonOf(all)).toEqual({
        dryRun: false,
        services: [
          { service: 'reservation', redriven: 2, refused: [], skipped: 0, left: 0 },
          { service: 'payment', redriven: 0, refused: [], skipped: 0, left: 0 },
        ],
      });
      const again = await run('dlq', 'redrive', String(first!.id));
      expect(again).toMatchObject({ code: 0, stdout: 'reservation: 0 letters redriven, 1 not dead any more\n' });
      expect(await outboxStatus(reservation)).toMatchObject({ pending: 3 });
      expectOneClearLine(await run('dlq', 'redrive', '998,999'), 5, /no dead letters 998, 999/);
    });
  });

  it('ends with 5 when a letter was redriven too often, unless forced', async () => {
    await withMessagingCli(async ({ run, reservation }) => {
      await makeDeadLetters(reservation, ['a']);
      await reservation.transaction((tx) => tx.execute('UPDATE dead_letter SET redrives = 3'));
      const refused = await run('dlq', 'redrive', '--all', '--yes');
      expect(refused.code).toBe(5);
      expect(refused.stdout).toMatch(/0 letters redriven, 1 refused\nrefused {2}\d+: it was redriven 3 times already/);
      expect(await run('dlq', 'redrive', '--all', '--dry-run')).toMatchObject({ code: 0 });
      expect(await run('dlq', 'redrive', '--all', '--force')).toMatchObject({ code: 0 });
      expect(await outboxStatus(reservation)).toMatchObject({ pending: 1 });
    });
  });

  it('redrives the letters of every service that fit, and asks whose an id is that several have', async () => {
    await withMessagingCli(async ({ run, reservation, payment }) => {
      await makeDeadLetters(reservation, ['a']);
      await makeDeadLetters(payment, ['b', 'c']);
      const dry = await run('dlq', 'redrive', '--all', '--dry-run');
      expect(dry.stdout).toBe('reservation: 1 letter would be redriven\npayment: 2 letters would be redriven\n');
      expectOneClearLine(await run('dlq', 'redrive', '1'), 2, /reservation and payment each have a dead letter 1/);
      expectOneClearLine(await run('dlq', 'park', '1', '--note', 'x'), 2, /each have a dead letter 1/);
      expect((await run('dlq', 'redrive', '1,2', '--yes')).stdout).toBe('payment: 2 letters redriven\n');
      expect(await run('dlq', 'redrive', '--all', '--yes')).toMatchObject({
        code: 0,
        stdout: 'reservation: 1 letter redriven\n',
      });
    });
  });

  it('parks with a note', async () => {
    await withMessagingCli(async ({ run, payment }) => {
      await makeDeadLetters(payment, ['a', 'b']);
      const ids = (await listDeadLetters(payment)).map(({ id }) => id);
      const parked = await run('dlq', 'park', ids.join(','), '--note', 'told by phone');
      expect(parked).toMatchObject({ code: 0, stdout: 'payment: 2 letters parked\n' });
      expect(await readDeadLetter(payment, ids[0]!)).toMatchObject({ state: 'PARKED', note: 'told by phone' });
      expect((await run('dlq', 'list', '--state', 'parked')).stdout).toMatch(/payment +\d+ +parked/);
      expectOneClearLine(await run('dlq', 'park', '1', '--service', 'payment', '--note', ' '), 2, /--note is empty/);
      expectOneClearLine(await run('dlq', 'park', '9', '--note', 'x'), 5, /no dead letter 9/);
    });
  });
});

describe('tablepick outbox', () => {
  it('says what waits, since when, what was refused and what is dead, and does so again and again', async () => {
    await withMessagingCli(async ({ run, start, reservation, payment }) => {
      await say(reservation, { ...draft, occurredAt: new Date(Date.now() - 3_600_000) }, draft);
      await makeDeadLetters(payment, ['a']);
      const { code, stdout } = await run('outbox', 'status');
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^reservation: 2 pending, the oldest 1 h 00 min; 0 refused; 0 dead; 0 wait for their payment;/m,
      );
      expect(stdout).toMatch(/^payment: 0 pending; 0 refused; 1 dead\n {2}dead {2}kitchen {2}RangeError {2}1$/m);
      expect(jsonOf(await run('outbox', 'status', '--json', '--service', 'reservation'))).toMatchObject({
        services: [{ service: 'reservation', pending: 2, byLane: [{ pending: 2 }], deadLetters: [] }],
      });
      const watching = start('outbox', 'status', '--every', '100ms', '--service', 'reservation');
      await watching.printed(/2 pending.*\n.*2 pending/);
      watching.child.kill('SIGINT');
      expect(await watching.ended).toMatchObject({ code: 130 });
    });
  });

  it('sends what waits until nothing does, or until Ctrl-C', async () => {
    await withMessagingCli(async ({ run, start, reservation, payment }) => {
      await say(reservation, { ...draft, aggregate: 'reservations' }, { ...draft, aggregate: 'nowhere' });
      await say(payment, draft);
      const paid = await run('outbox', 'relay', '--once', '--service', 'payment');
      expect(paid).toMatchObject({ code: 0, stdout: 'payment: 1 message sent\n' });
      expect(await outboxStatus(reservation)).toMatchObject({ pending: 2 });
      const both = await run('outbox', 'relay', '--once', '--json');
      expect(jsonOf(both)).toMatchObject({
        services: [
          { service: 'reservation', sent: 1, refused: 1 },
          { service: 'payment', sent: 0 },
        ],
      });
      expect(both.stderr).toContain('is a dead letter');
      const [row] = await reservation.query<{ count: number }>('SELECT COUNT(*) AS count FROM message');
      expect(row?.count).toBe(2);
      const running = start('outbox', 'relay');
      await running.said(/until Ctrl-C/);
      await say(payment, draft);
      await expect.poll(async () => (await outboxStatus(payment)).pending, { timeout: 30_000 }).toBe(0);
      running.child.kill('SIGINT');
      expect(await running.ended).toMatchObject({
        code: 130,
        stdout: expect.stringContaining('payment: 1 message sent'),
      });
    });
  });

  it('tells that the broker is away, and the status all the same', async () => {
    await withMessagingCli(async ({ run, reservation }) => {
      await say(reservation, draft);
      const words = ['outbox', 'relay', '--once', '--brokers', '127.0.0.1:1'];
      expectOneClearLine(await run(...words), 1, /127\.0\.0\.1:1/);
      expect((await run('outbox', 'status')).stdout).toContain('reservation: 1 pending');
    });
  });

  it('goes without a payment service that has no database, unless it is asked for', async () => {
    await withTestDatabase(testServer('mysql'), async ({ url }) => {
      const run = (...words: string[]) => runCli(words, { TABLEPICK_DATABASE_URL: url });
      expectOneClearLine(await run('outbox', 'status', '--service', 'reservation'), 1, /outbox/);
      await run('init');
      const { code, stdout, stderr } = await run('outbox', 'status');
      const backlog = '0 wait for their payment; 0.0/s settled; 0 paid after their hold';
      expect([code, stdout]).toEqual([0, `reservation: 0 pending; 0 refused; 0 dead; ${backlog}\n`]);
      expect(stderr).toContain('without the payment service');
      expectOneClearLine(await run('outbox', 'status', '--service', 'all'), 1, /payment service has no database/);
    });
  });
});
