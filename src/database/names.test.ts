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

  it('does not let a misspelt placeholder through', () => {
    expect(() => renderSql(defaultNames, '{slot.dates}')).toThrowError('{slot.dates}');
    expect(() => renderSql(defaultNames, '{table}')).toThrowError('{table}');
  });
});
