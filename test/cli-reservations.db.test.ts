import { describe, expect, it } from 'vitest';

import { withReservationScene } from './support/reservation-scene.js';
import { jsonOf, runCli } from './support/run-cli.js';
import { testServer } from './support/servers.js';

describe('tablepick reservations check', () => {
  it('says what it looked at, and ends with 0 when all invariants hold', async () => {
    await withReservationScene(testServer('mysql'), { slots: 3, capacity: 5 }, async ({ url }) => {
      const { code, stdout } = await runCli(['reservations', 'check', '--url', url]);
      expect([code, stdout]).toEqual([0, 'all invariants hold over 3 slots and 0 reservations\n']);
    });
  });

  it('ends with 3 and lists keys, some of each kind, when one is broken', async () => {
    await withReservationScene(testServer('mysql'), { slots: 3, capacity: 5 }, async ({ url, run }) => {
      await run('UPDATE {slot} SET {slot.count} = 6');
      const { code, stdout } = await runCli(['reservations', 'check', '--url', url, '--limit', '1']);
      expect(code).toBe(3);
      expect(stdout.split('\n')).toEqual([
        'broken over 3 slots and 0 reservations: count-differs 3, overbooked 3',
        'count-differs  slot 1 (restaurant 1, 2099-01-01 01:00) says 6 seats are taken, its live reservations hold 0',
        'overbooked  slot 1 (restaurant 1, 2099-01-01 01:00) has 5 seats, its count says 6 are taken, its live reservations hold 0',
        'and 4 more; --limit lists more of each kind',
        '',
      ]);
      const json = await runCli(['reservations', 'check', '--url', url, '--json']);
      expect(json.code).toBe(3);
      expect(jsonOf(json)).toMatchObject({ ok: false, counts: { 'count-differs': 3, overbooked: 3 }, more: 0 });
      expect(jsonOf(json).violations).toContainEqual(expect.objectContaining({ kind: 'overbooked', slotId: 3 }));
    });
  });
});
