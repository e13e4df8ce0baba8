import { describe, expect, it } from 'vitest';

import { encodeRows } from './encode-rows.js';
import { compilePlan, wholePlan } from '../plan/index.js';
import type { RestaurantRules } from '../plan/index.js';

const day = [
  { opensAt: '09:00', closesAt: '12:00' },
  { opensAt: '13:00', closesAt: '14:00', capacity: 2 },
];
const rules: RestaurantRules[] = [3, 12].map((restaurantId) => ({
  restaurantId,
  capacity: 40,
  week: [day, day, day, day, day, day, day],
}));

async function encode(request: { form: 'values' | 'lines'; maxRows?: number; maxBytes?: number }): Promise<string[]> {
  const plan = await compilePlan(rules, { from: '2026-12-31', days: 2 });
  const { maxRows = Infinity, maxBytes = Infinity } = request;
  const parts = encodeRows(plan, { form: request.form, box: wholePlan(plan), maxRows, maxBytes });
  return [...parts].map((part) => new TextDecoder().decode(part));
}

describe('encodeRows', () => {
  it('writes lines for LOAD DATA, each ended', async () => {
    const [text] = await encode({ form: 'lines' });
    const lines = text?.split('\n') ?? [];
    expect(lines).toHaveLength(17);
    expect(lines.slice(0, 4)).toEqual([
      '3\t2026-12-31\t09:00\t40',
      '3\t2026-12-31\t10:00\t40',
      '3\t2026-12-31\t11:00\t40',
      '3\t2026-12-31\t13:00\t2',
    ]);
    expect(lines.at(-1)).toBe('');
  });

  it('writes value lists for INSERT, cut by rows, none lost', async () => {
    const parts = await encode({ form: 'values', maxRows: 6 });
    expect(parts.map((part) => part.split('),(').length)).toEqual([6, 6, 4]);
    expect(parts[0]).toMatch(/^\(3,'2026-12-31','09:00',40,0,0\),\(/);
    expect(parts.join(',').split('),(')).toHaveLength(16);
  });

  it('keeps every part within the bytes allowed', async () => {
    const parts = await encode({ form: 'values', maxBytes: 100 });
    expect(parts.length).toBeGreaterThan(4);
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(100);
    expect(parts.join(',').split('),(')).toHaveLength(16);
  });

  it('gives a row that is longer than allowed a part of its own rather than losing it', async () => {
    expect(await encode({ form: 'lines', maxBytes: 1 })).toHaveLength(16);
  });
});
