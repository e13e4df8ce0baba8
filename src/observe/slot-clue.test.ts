import { describe, expect, it } from 'vitest';

import { defaultNames } from '../database/index.js';
import type { SchemaNames } from '../database/index.js';
import { describeKey, findClue } from './slot-clue.js';

const indexes = new Map([
  [
    'Tisch',
    new Map([
      ['PRIMARY', ['Nr']],
      ['wann', ['wo', 'Tag', 'Uhr', 'Nr']],
      ['frei', ['Rest', 'Nr']],
    ]),
  ],
  [
    'reservation',
    new Map([
      ['PRIMARY', ['id']],
      ['einer', ['kind']],
    ]),
  ],
]);

/** A user's own names. */
const names: SchemaNames = {
  ...defaultNames,
  slot: {
    table: 'Tisch',
    columns: { ...defaultNames.slot.columns, id: 'Nr', restaurantId: 'wo', date: 'Tag', time: 'Uhr' },
  },
};

const lock = (table: string, index: string | undefined, values: string[], mode = 'X,REC_NOT_GAP') => ({
  table,
  index,
  values,
  mode,
  isSupremum: false,
});

describe('the slot of a lock, with names of the user', () => {
  it.each([
    ['PRIMARY', ['12'], { by: 'slot', slotId: 12 }],
    ['wann', ['2', '1037720', '0x8173C0', '13'], { by: 'slot', slotId: 13 }],
    ['wann', ['2', '1037720', '0x8173C0'], { by: 'slot-key', restaurantId: 2, date: '2026-12-24', time: '23:15' }],
    ['frei', ['4', '13'], { by: 'slot', slotId: 13 }],
    ['frei', ['4'], undefined],
    ['unknown', ['4'], undefined],
    [undefined, [], undefined],
  ])('is found from the fields of index %s: %j', (index, values, clue) => {
    expect(findClue(lock('Tisch', index, values), indexes, names)).toEqual(clue);
  });

  it('is found from a reservation where the index holds only its id', () => {
    const clue = { by: 'reservation', reservationId: 5 };
    expect(findClue(lock('reservation', 'PRIMARY', ['5']), indexes, names)).toEqual(clue);
    expect(findClue(lock('reservation', 'einer', ['5']), indexes, names)).toBeUndefined();
  });

  it.each(['X,GAP', 'X,GAP,INSERT_INTENTION', 'X,INSERT_INTENTION', 'S,GAP'])('is none for a gap: %s', (mode) => {
    expect(findClue(lock('Tisch', 'PRIMARY', ['12'], mode), indexes, names)).toBeUndefined();
    expect(describeKey(lock('Tisch', 'PRIMARY', ['12'], mode), indexes, names)).toBe('gap before Nr=12');
  });

  it.each(['X', 'S', 'S,REC_NOT_GAP'])('is there for a record: %s', (mode) => {
    expect(findClue(lock('Tisch', 'PRIMARY', ['12'], mode), indexes, names)).toEqual({ by: 'slot', slotId: 12 });
  });

  it('is none of a table that knows no slots', () => {
    expect(findClue(lock('restaurant', 'PRIMARY', ['1']), indexes, names)).toBeUndefined();
  });
});

describe('the key of a lock', () => {
  it.each([
    [lock('Tisch', 'wann', ['2', '1037720', '0x8173C0', '13']), 'wo=2, Tag=2026-12-24, Uhr=23:15, Nr=13'],
    [lock('Tisch', 'PRIMARY', []), 'a record that the server does not tell'],
    [lock('Tisch', undefined, []), 'the whole table'],
    [lock('elsewhere', 'PRIMARY', ["'a'", '0x80000001']), "'a', 1"],
    [{ ...lock('Tisch', 'PRIMARY', []), isSupremum: true }, 'gap at the end of the index'],
  ])('is told to people: %j', (given, told) => {
    expect(describeKey(given, indexes, names)).toBe(told);
  });
});
