import { expect, test } from 'vitest';

import { orderOfRound, runRounds } from './run-rounds.js';

test('rounds alternate their direction, so that no case always follows the same one', () => {
  expect([0, 1, 2].map((round) => orderOfRound(['a', 'b', 'c'], round).join(''))).toEqual(['abc', 'cba', 'abc']);
});

test('every case runs once a round after one warm-up round, and a round is stored before the next begins', async () => {
  const log: string[] = [];
  const cases = ['a', 'b'].map((name) => ({ name, run: (round: number) => Promise.resolve(round) }));
  await runRounds({
    cases,
    repeat: 2,
    onRun: (run) => log.push(`${run.name}${String(run.measurement)}@${String(run.position)}`),
    onRoundDone: (round) => {
      log.push(`stored ${String(round)}`);
      return Promise.resolve();
    },
  });
  expect(log).toEqual(['a0@1', 'b0@2', 'stored 0', 'b1@1', 'a1@2', 'stored 1', 'a2@1', 'b2@2', 'stored 2']);
});

test('a signal stops before the next run and keeps what was measured', async () => {
  const stop = new AbortController();
  const seen: string[] = [];
  const cases = ['a', 'b'].map((name) => ({ name, run: () => Promise.resolve(name) }));
  const rounds = runRounds({
    cases,
    repeat: 1,
    signal: stop.signal,
    onRun: (run) => {
      seen.push(run.name);
      stop.abort();
    },
    onRoundDone: () => Promise.resolve(),
  });
  await expect(rounds).rejects.toMatchObject({ code: 'ABORTED' });
  expect(seen).toEqual(['a']);
});

test('a failing case ends the experiment with its own error', async () => {
  const cases = [{ name: 'a', run: () => Promise.reject(new Error('load differs')) }];
  const rounds = runRounds({ cases, repeat: 1, onRun: () => undefined, onRoundDone: () => Promise.resolve() });
  await expect(rounds).rejects.toThrow('load differs');
});
