import { describe, expect, it } from 'vitest';

import { onServerOf, parseSessions } from './server-session.js';

const own = { server: 'a', startedAt: 1000, id: 7 };

describe('the connections of a run', () => {
  it('are those of this server since its last start, however the seconds were rounded', () => {
    const here = { server: 'a', startedAt: 1001, id: 8 };
    const elsewhere = { server: 'b', startedAt: 1000, id: 8 };
    const before = { server: 'a', startedAt: 900, id: 8 };
    expect(onServerOf(own, [here, elsewhere, before])).toEqual([here]);
  });

  it('are none where only ids were stored, which may be those of any server', () => {
    expect(parseSessions('[12, 13]')).toEqual([]);
    expect(parseSessions(null)).toEqual([]);
    expect(parseSessions(JSON.stringify([own]))).toEqual([own]);
  });
});
