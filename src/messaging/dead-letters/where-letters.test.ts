import { describe, expect, it } from 'vitest';

import { whereLetters } from './where-letters.js';

describe('whereLetters', () => {
  it('is nothing when all letters are meant', () => {
    expect(whereLetters({ state: undefined })).toEqual({ sql: '', values: [] });
  });

  it('holds a value for every ?, in their order', () => {
    const since = new Date(0);
    const { sql, values } = whereLetters({ ids: [7, 8], key: 'k', state: 'DEAD', group: '', since, afterId: 3 });
    expect(values).toEqual(['DEAD', '', 'k', '1970-01-01 00:00:00.000', 3, 7, 8]);
    expect(sql.match(/\?/g)).toHaveLength(values.length);
    expect(sql).toMatch(/^WHERE state = \? AND .* AND id IN \(\?, \?\)$/);
  });

  it('fits none where no id is named, or a text that the column cannot hold', () => {
    expect(whereLetters({ ids: [] })).toEqual({ sql: 'WHERE FALSE', values: [] });
    expect(whereLetters({ group: 'küche', key: 'küche' })).toMatchObject({ values: ['küche'] });
  });
});
