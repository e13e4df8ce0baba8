import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createCliDatabase, type CliDatabase } from './support/cli-database.js';
import { expectOneClearLine, jsonOf, startCli } from './support/run-cli.js';

let database: CliDatabase;
let slots: number[];

beforeAll(async () => {
  database = await createCliDatabase();
  slots = (await database.query('SELECT id FROM reservation_slot ORDER BY id')).map(({ id }) => Number(id));
});

afterAll(() => database.drop());

const countOf = async (slotId: number) => {
  const [row] = await database.query(`SELECT count FROM reservation_slot WHERE id = ${slotId}`);
  return Number(row?.count);
};
const reserve = (...words: string[]) => database.run('reserve', ...words);

describe('tablepick reserve', () => {
  it('reserves, tells the key, and answers the same key with the same reservation', async () => {
    const slot = String(slots[0]);
    const first = await reserve('--slot', slot, '--member', '7', '--party', '2', '--key', 'k1');
    expect(first).toMatchObject({ code: 0, stdout: 'reserved: reservation 1, key k1\n' });
    const again = await reserve('--slot', slot, '--member', '7', '--party', '2', '--key', 'k1');
    expect(again).toMatchObject({ code: 0, stdout: first.stdout });
    expect(await countOf(slots[0]!)).toBe(1);
  });

  it('makes a key of its own when none is given', async () => {
    const told = jsonOf(await reserve('--slot', String(slots[0]), '--member', '8', '--json'));
    expect(told).toMatchObject({
      kind: 'reserved',
      idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
  });

  it('finds a slot by what people call it', async () => {
    const where = ['--restaurant', '1', '--date', '2099-12-01', '--time', '07:00'];
    expect((await reserve(...where, '--member', '9')).code).toBe(0);
    expectOneClearLine(await reserve(...where.slice(0, 5), '03:00', '--member', '9'), 2, /no slot of restaurant 1/);
  });

  it('refuses a member who holds the slot, with the way to give it back', async () => {
    const result = await reserve('--slot', String(slots[0]), '--member', '7');
    expect(result).toMatchObject({ code: 5 });
    expect(result.stdout).toMatch(/^duplicate: .*\nto give it back: tablepick cancel 1 --member 7\n$/);
  });

  it('says sold out and writes nothing', async () => {
    await database.query(`UPDATE reservation_slot SET capacity = 0 WHERE id = ${slots[1]}`);
    const result = await reserve('--slot', String(slots[1]), '--member', '7');
    expect(result).toMatchObject({ code: 5, stdout: expect.stringMatching(/^sold out/) as string });
    expect(await countOf(slots[1]!)).toBe(0);
  });

  it('takes several slots or none', async () => {
    const both = await reserve('--slot', `${slots[2]},${slots[3]}`, '--member', '7');
    expect(both.code).toBe(0);
    const half = await reserve('--slot', `${slots[1]},${slots[4]}`, '--member', '7');
    expect(half.code).toBe(5);
    expect([await countOf(slots[2]!), await countOf(slots[3]!), await countOf(slots[4]!)]).toEqual([1, 1, 0]);
  });

  it.each<[string[], number, RegExp]>([
    [['--member', '7'], 2, /no slot is named/],
    [['--slot', '0', '--member', '7'], 2, /--slot is '0'/],
    [['--slot', '1,x', '--member', '7'], 2, /--slot is 'x'/],
    [['--slot', '1'], 2, /--member/],
    [['--slot', '1', '--member', '0'], 2, /--member is '0'/],
    [['--slot', '1', '--member', '7', '--party', '0'], 2, /--party is '0'/],
    [['--slot', '1', '--member', '7', '--party', '-1'], 2, /--party is '-1'/],
    [['--slot', '1', '--member', '7', '--hold', '10'], 2, /--hold is '10'/],
    [['--slot', '1', '--member', '7', '--key', 'two words'], 2, /idempotencyKey/],
    [['--slot', '1', '--member', '7', '--strategy', 'hope'], 2, /hope.*Allowed choices/],
    [['--slot', '1', '--date', '2099-12-01', '--member', '7'], 2, /--date.*--slot/],
    [['--restaurant', '1', '--date', '2099-02-30', '--time', '07:00', '--member', '7'], 2, /2099-02-30/],
    [['--restaurant', '1', '--date', '2099-12-01', '--time', '7 pm', '--member', '7'], 2, /7 pm/],
    [['--slot', '999999999', '--member', '7'], 2, /there is no slot 999999999/],
    [['--slot', '1', '--member', '70', '--party', '101', '--seats-per', 'guest'], 2, /101.*100 seats/],
    [['--slot', '1', '--member', '70', '--party', '3', '--key', 'k1'], 5, /k1 was used for another request/],
  ])('%j is one clear line and writes nothing', async (words, code, message) => {
    const before = await database.query('SELECT * FROM reservation');
    expectOneClearLine(await reserve(...words), code, message);
    expect(await database.query('SELECT * FROM reservation')).toEqual(before);
  });

  it('refuses a slot that is over', async () => {
    await database.query(`UPDATE reservation_slot SET date = '2020-01-01' WHERE id = ${slots[5]}`);
    expectOneClearLine(await reserve('--slot', String(slots[5]), '--member', '7'), 5, /has begun/);
  });
});

describe('tablepick confirm, cancel and reservations expire', () => {
  it('confirm and cancel tell what they did and what had been done before', async () => {
    const told = jsonOf(await reserve('--slot', String(slots[6]), '--member', '7', '--hold', '10m', '--json'));
    const id = String(told.reservationId);
    expect(await database.run('confirm', id)).toMatchObject({ code: 0, stdout: `reservation ${id} is confirmed\n` });
    expect((await database.run('confirm', id)).stdout).toMatch(/was confirmed before/);
    expect((await database.run('cancel', id, '--member', '8')).code).toBe(5);
    expect(await countOf(slots[6]!)).toBe(1);
    expect(await database.run('cancel', id, '--member', '7')).toMatchObject({ code: 0 });
    expect((await database.run('cancel', id, '--member', '7')).stdout).toMatch(/was cancelled before/);
    expect((await database.run('confirm', id)).code).toBe(5);
    expect(await countOf(slots[6]!)).toBe(0);
    expect((await database.run('cancel', '999999', '--member', '7')).code).toBe(5);
  });

  it('holds that are due are expired once, also while it goes on until a signal', async () => {
    for (const member of ['7', '8']) {
      expect((await reserve('--slot', String(slots[7]), '--member', member, '--hold', '1ms')).code).toBe(0);
      if (member === '7') expect((await database.run('reservations', 'expire')).stdout).toMatch(/^1 hold expired/);
    }
    const sweeping = startCli(['reservations', 'expire', '--every', '100ms'], { TABLEPICK_DATABASE_URL: database.url });
    await sweeping.said(/1 hold expired/);
    sweeping.child.kill('SIGINT');
    expect(await sweeping.ended).toMatchObject({
      code: 130,
      stdout: expect.stringMatching(/^1 hold expired/) as string,
    });
    expect(await countOf(slots[7]!)).toBe(0);
    expect((await database.run('reservations', 'check')).code).toBe(0);
  });
});
