import { expect, test } from 'vitest';

import { CallLog, historyOf } from './call-log.js';
import type { CallOutcome } from './call-log.js';

test('a history is what was logged, in whatever order the calls ended, also beyond the first capacity', () => {
  const outcomes: CallOutcome[] = [
    { kind: 'reserved', reservationId: 2 ** 40 },
    { kind: 'sold-out' },
    { kind: 'duplicate', reservationId: 7 },
    { kind: 'contended', attempts: 21 },
    { kind: 'unknown', idempotencyKey: 'bench-3-2504' },
    { kind: 'failed', code: 'POOL_TIMEOUT' },
  ];
  const log = new CallLog(3);
  for (let sequence = 2999; sequence >= 0; sequence -= 1) {
    const outcome = sequence === 2504 ? outcomes[4] : outcomes[sequence % 6 === 4 ? 1 : sequence % 6];
    const times = { startedAtMs: 1e12 + sequence, endedAtMs: 1e12 + sequence + 0.5 };
    log.add(sequence, log.requestOf(sequence, 1 + (sequence % 9)), { ...times, outcome: outcome as CallOutcome });
  }
  const history = historyOf(log.toRecord());
  expect(history).toHaveLength(3000);
  expect(history[2504]).toEqual({
    call: 'reserve',
    slotIds: [3],
    memberId: 300_002_505,
    partySize: 1,
    seats: 1,
    idempotencyKey: 'bench-3-2504',
    startedAtMs: 1e12 + 2504,
    endedAtMs: 1e12 + 2504.5,
    outcome: outcomes[4],
  });
  const others = [0, 1, 2, 3, 5].map((place) => history[place]?.outcome);
  expect(others).toEqual([0, 1, 2, 3, 5].map((place) => outcomes[place]));
});

test('two processes never use the same member or key', () => {
  const [one, two] = [new CallLog(0), new CallLog(1)].map((log) => log.requestOf(99_999_999, 1));
  expect(one?.memberId).not.toBe(new CallLog(1).requestOf(0, 1).memberId);
  expect(one?.idempotencyKey).not.toBe(two?.idempotencyKey);
});
