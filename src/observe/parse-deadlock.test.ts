import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import type { Deadlock } from './deadlock.js';
import { parseLastDeadlock } from './parse-deadlock.js';

/** The text that the server printed after a deadlock was provoked on it. */
function recorded(server: string, what: string): string {
  return readFileSync(new URL(`recorded/${server}-${what}.txt`, import.meta.url), 'utf8');
}

function parse(server: string, what: string): Deadlock {
  const deadlock = parseLastDeadlock(recorded(server, what));
  if (deadlock === undefined) throw new Error('no deadlock in the text');
  return deadlock;
}

const countUp = (slotId: number): string => `UPDATE reservation_slot SET count = count + 1 WHERE id = ${slotId}`;

describe.each(['mysql-9.7', 'mariadb-10.11'])('the last deadlock of %s', (server) => {
  it('of two that insert a reservation and then update its slot', () => {
    const { at, summary, transactions } = parse(server, 'insert-then-update');
    expect(at).toMatch(/^2026-11-24 23:59:\d\d$/);
    expect(summary).toBe('UPDATE reservation_slot against UPDATE reservation_slot on PRIMARY of reservation_slot');
    expect(transactions).toHaveLength(2);
    expect(transactions.filter(({ isVictim }) => isVictim)).toHaveLength(1);
    const shared = { schema: 'recorded', table: 'reservation_slot', index: 'PRIMARY', values: ['0x800000000000000C'] };
    for (const { connectionId, statement, waitsFor, holds } of transactions) {
      expect(connectionId).toBeGreaterThan(0);
      expect(statement).toBe(countUp(12));
      expect(waitsFor).toMatchObject({ ...shared, mode: 'X,REC_NOT_GAP', key: '12' });
      expect(holds).toEqual([expect.objectContaining({ ...shared, mode: 'S,REC_NOT_GAP', key: '12' })]);
    }
  });

  it('over two indexes, with a statement of two lines', () => {
    const { summary, transactions } = parse(server, 'two-indexes');
    const read = ['SELECT … FROM reservation_slot FOR UPDATE', 'uk_slot of reservation_slot'];
    const insert = ['INSERT INTO reservation', 'uk_reservation_live of reservation'];
    const [[first, index], [second, otherIndex]] = server === 'mysql-9.7' ? [read, insert] : [insert, read];
    expect(summary).toBe(`${first} against ${second} on ${index} and ${otherIndex}`);
    const [reader, writer] = server === 'mysql-9.7' ? transactions : transactions.toReversed();
    expect(writer?.statement).toMatch(/^INSERT INTO reservation \(.*\)\nVALUES \(12, 1, 30, NULL\)$/);
    expect(reader?.waitsFor?.values.slice(0, 4)).toEqual([
      '0x8000000000000002',
      '0x8FD598',
      '0x8173C0',
      '0x800000000000000D',
    ]);
    expect(writer?.waitsFor).toMatchObject({ table: 'reservation', index: 'uk_reservation_live', mode: 'S' });
    expect(writer?.waitsFor?.key).toMatch(/^12, 30, \d+$/);
    expect(writer?.holds).toEqual([expect.objectContaining({ index: 'uk_slot', mode: 'X,REC_NOT_GAP' })]);
  });

  it('of three', () => {
    const { summary, transactions } = parse(server, 'three-transactions');
    expect(transactions.map(({ waitsFor }) => waitsFor?.key.split(', ')[0]).sort()).toEqual(['11', '12', '2']);
    expect(transactions.flatMap(({ holds }) => holds.map(({ key }) => key.split(', ')[0])).sort()).toEqual(
      transactions.map(({ waitsFor }) => waitsFor?.key.split(', ')[0]).sort(),
    );
    expect(summary.split(' against ')).toHaveLength(3);
  });

  it('of two that insert into a gap both have locked', () => {
    const { summary, transactions } = parse(server, 'gap');
    expect(summary).toBe(
      'INSERT INTO reservation_slot against INSERT INTO reservation_slot on PRIMARY of reservation_slot',
    );
    for (const { waitsFor, holds } of transactions) {
      expect(waitsFor).toMatchObject({
        mode: 'X,INSERT_INTENTION',
        isSupremum: true,
        key: 'gap at the end of the index',
      });
      expect(holds.map(({ key }) => key)).toContain('gap at the end of the index');
    }
  });

  it('is none in a text without one', () => {
    const text = recorded(server, 'gap').replace(/^LATEST DETECTED DEADLOCK[^]*?(?=^TRANSACTIONS$)/m, '');
    expect(parseLastDeadlock(text)).toBeUndefined();
  });

  it('is read from a text that the server cut short', () => {
    const text = recorded(server, 'insert-then-update').replace(/^\*\*\* WE ROLL BACK[^]*/m, '');
    const transactions = parseLastDeadlock(text)?.transactions;
    expect(transactions?.map(({ statement, isVictim }) => [statement, isVictim])).toEqual([
      [countUp(12), false],
      [countUp(12), false],
    ]);
  });
});

describe('the last deadlock', () => {
  it('may be over a lock on a whole table, without a record', () => {
    const text = recorded('mysql-9.7', 'insert-then-update').replace(
      /^RECORD LOCKS .* index PRIMARY of (table `recorded`.`reservation_slot` trx id \d+).*waiting\nRecord lock.*\n(?: \d+: .*\n)+/gm,
      'TABLE LOCK $1 lock mode IX waiting\n',
    );
    const deadlock = parseLastDeadlock(text);
    expect(deadlock?.summary).toMatch(/ on the table reservation_slot$/);
    expect(deadlock?.transactions[0]?.waitsFor).toMatchObject({ index: undefined, mode: 'IX', key: 'the whole table' });
  });
});
