import { expect, test } from 'vitest';

import { describeReport } from './judge-load.js';

test('a verdict tells the gravest first, with how far it goes', () => {
  const counts = { 'acknowledged-missing': 3, 'count-differs': 2, 'sold-out-unjustified': 7, overbooked: 1 };
  expect(describeReport({ counts }, { overbooked: 43, differing: 12, deadlocks: 0 })).toBe(
    'overbooked by 43 on 1 slot, count off by 12 on 2 slots, 3 acknowledged lost, sold-out-unjustified 7',
  );
  const none = { overbooked: 0, differing: 0, deadlocks: 0 };
  expect(describeReport({ counts: { 'member-twice': 1 } }, none)).toBe('member-twice 1');
  expect(describeReport({ counts: {} }, { ...none, deadlocks: 2 })).toBe('2 deadlocks');
});
