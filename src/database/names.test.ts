import { describe, expect, it } from 'vitest';

import { defaultNames, quoteIdentifier, renderSql } from './names.js';

describe('renderSql', () => {
  it('puts quoted tables and columns in', () => {
    expect(renderSql(defaultNames, 'SELECT {slot.restaurantId} FROM {slot}')).toBe(
      'SELECT `restaurant_id` FROM `reservation_slot`',
    );
  });

  it('takes any name a user may have, a backtick included', () => {
    const names = { ...defaultNames, restaurant: { ...defaultNames.restaurant, table: 'my `own` table' } };
    expect(renderSql(names, 'DELETE FROM {restaurant}')).toBe('DELETE FROM `my ``own`` table`');
    expect(quoteIdentifier('order')).toBe('`order`');
  });

  it('leaves quoted text, identifiers and comments as they are', () => {
    const texts = [
      `SELECT 'a {slot} b', "it's {slot.id}", \`{slot}\` FROM x`,
      String.raw`SELECT 'it\'s {slot}', 'it''s {slot}', "\"{slot}" FROM x`,
      "SELECT 1 -- don't {slot}\n+ 1 # don't {slot}\n + 1 /* don't {slot} */",
      '{"a": 1, "b": {"slot": {}}}',
    ];
    for (const text of texts) expect(renderSql(defaultNames, text)).toBe(text);
    const mixed = "SELECT '{slot}' FROM {slot} -- {slot}\nWHERE {slot.id} /*! = {slot.id} */ /*+ {slot} */";
    expect(renderSql(defaultNames, mixed)).toBe(
      "SELECT '{slot}' FROM `reservation_slot` -- {slot}\nWHERE `id` /*! = `id` */ /*+ `reservation_slot` */",
    );
  });

  it('reads on behind an apostrophe in a comment and behind a backslash', () => {
    expect(renderSql(defaultNames, "-- don't\nSELECT {slot.id}")).toBe("-- don't\nSELECT `id`");
    expect(renderSql(defaultNames, String.raw`ESCAPED BY '\\' {slot}`)).toBe(
      String.raw`ESCAPED BY '\\' ${quoteIdentifier('reservation_slot')}`,
    );
  });

  it('keeps braces around other words when it is told to, and no misspelt column', () => {
    const text = "SELECT {d '2026-01-01'}, {name}, {constructor}, {slots.id} FROM {slot}";
    expect(renderSql(defaultNames, text, 'kept')).toBe(text.replace('{slot}', '`reservation_slot`'));
    expect(() => renderSql(defaultNames, '{slot.dates}', 'kept')).toThrowError('{slot.dates}');
    expect(() => renderSql(defaultNames, '{slot.constructor}', 'kept')).toThrowError('{slot.constructor}');
  });

  it('does not let a misspelt placeholder through', () => {
    expect(() => renderSql(defaultNames, '{slot.dates}')).toThrowError('{slot.dates}');
    expect(() => renderSql(defaultNames, '{table}')).toThrowError('{table}');
  });
});
