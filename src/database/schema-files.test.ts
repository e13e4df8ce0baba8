import { describe, expect, it } from 'vitest';

import { defaultNames } from './names.js';
import { expectedTables, readSchemaFiles, splitStatements } from './schema-files.js';

describe('splitStatements', () => {
  it('splits at semicolons that end a statement, and at no others', () => {
    const text = `-- one; two\nSELECT ';', "a;b", \`c;d\`; /* e;\nf */ SELECT 'it''s; \\'; fine';\n\n;SELECT 3 -- last;\n`;
    expect(splitStatements(text)).toEqual([`SELECT ';', "a;b", \`c;d\``, `SELECT 'it''s; \\'; fine'`, 'SELECT 3']);
  });
});

describe('the schema files', () => {
  it('are numbered without a gap, and every statement can be repeated', () => {
    const files = readSchemaFiles();
    expect(files.map(({ number }) => number)).toEqual(files.map((_, index) => index + 1));
    for (const statement of files.flatMap(({ statements }) => statements)) {
      expect(statement).toMatch(/^CREATE TABLE IF NOT EXISTS /);
    }
  });

  it('say which columns and indexes a table has', () => {
    const slot = expectedTables(readSchemaFiles(), defaultNames).find(({ table }) => table === 'reservation_slot');
    expect(slot).toMatchObject({
      key: 'slot',
      columns: [
        { key: 'slot.id', name: 'id', definition: 'BIGINT NOT NULL AUTO_INCREMENT' },
        ...['restaurant_id', 'date', 'time', 'capacity', 'count', 'version'].map((name) => ({ name })),
      ],
      indexes: [
        { columns: ['id'], unique: true, primary: true },
        { columns: ['restaurant_id', 'date', 'time'], unique: true, primary: false },
      ],
    });
  });

  it('say how a column is generated, also over two lines', () => {
    const tables = expectedTables(readSchemaFiles(), defaultNames);
    const columns = tables.find(({ key }) => key === 'reservation')?.columns;
    expect(columns?.find(({ key }) => key === 'reservation.liveMemberId')?.definition).toBe(
      "BIGINT GENERATED ALWAYS AS (CASE WHEN `status` IN ('PENDING', 'CONFIRMED') THEN `member_id` END) STORED",
    );
  });
});
