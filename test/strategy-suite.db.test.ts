import { type LockStrategy, createCombining, lockStrategies } from 'tablepick/reservations';
import { runStrategySuite, strategyCheckNames } from 'tablepick/testing';
import { describe, expect, it } from 'vitest';

import { withReservationScene } from './support/reservation-scene.js';
import { testServer } from './support/servers.js';

const atomic = lockStrategies['atomic'];
const naive = lockStrategies['naive'];
const everything = { noOverbooking: true, noLostUpdate: true, noDeadlock: true };

/** `atomic` with one thing done otherwise. */
function spoilt(spoil: (reserve: Reserve) => Reserve): LockStrategy {
  return {
    name: 'spoilt',
    guarantees: everything,
    open: (tools) => {
      const open = atomic.open(tools);
      return { ...open, reserve: spoil((located, signal) => open.reserve(located, signal)) };
    },
  };
}

type Reserve = ReturnType<LockStrategy['open']>['reserve'];

describe('the suite of lock strategies', () => {
  const failures = async (strategy: LockStrategy, only = strategyCheckNames(strategy)): Promise<string[]> => {
    const failed: string[] = [];
    await withReservationScene(testServer('mysql'), { slots: 1, capacity: 1, poolSize: 32 }, async ({ database }) => {
      const results = await runStrategySuite({ database, strategy, only });
      failed.push(...results.filter(({ passed }) => !passed).map(({ name, detail }) => `${name}: ${detail}`));
      expect(await database.query('SELECT COUNT(*) AS left_over FROM reservation')).toEqual([{ left_over: 0 }]);
      expect(await database.query('SELECT id FROM reservation_slot')).toEqual([{ id: 1 }]);
    });
    return failed;
  };

  it('passes a strategy with settings of its own', async () => {
    expect(await failures(createCombining({ queues: 1, mostPerBatch: 7 }))).toEqual([]);
  });

  it('fails a strategy that claims what naive does not keep', async () => {
    const failed = await failures({ ...naive, guarantees: everything });
    expect(failed.join('\n')).toMatch(/150 at once.*: count-differs: slot \d+/);
    expect(failed.join('\n')).toMatch(/no deadlock .*: deadlocks: \d+ instead of 0/);
  });

  it.each<[string, (reserve: Reserve) => Reserve, RegExp]>([
    [
      'tells a reservation that is not there',
      (reserve) => async (located, signal) => {
        const outcome = await reserve(located, signal);
        return outcome.kind === 'sold-out' ? { kind: 'reserved', reservationId: 4711 } : outcome;
      },
      /150 at once.*acknowledged-missing/s,
    ],
    [
      'is sold out too early',
      (reserve) => {
        let granted = 0;
        return async (located, signal) => ((granted += 1) > 90 ? { kind: 'sold-out' } : reserve(located, signal));
      },
      /150 at once.*sold-out-unjustified: .* at most 90 of 100 seats/s,
    ],
    [
      'does not look at the signal',
      (reserve) => (located) => reserve(located, undefined),
      /signal has fired.*instead of an error ABORTED/,
    ],
    [
      'takes a duplicate for a full slot',
      (reserve) => async (located, signal) => {
        const outcome = await reserve(located, signal);
        return outcome.kind === 'duplicate' ? { kind: 'sold-out' } : outcome;
      },
      /answers duplicate with.*"sold-out"/,
    ],
  ])('fails one that %s', async (_name, spoil, message) => {
    expect((await failures(spoilt(spoil))).join('\n')).toMatch(message);
  });

  it('stops between two checks when the signal fires', async () => {
    await withReservationScene(testServer('mysql'), { slots: 1, capacity: 1 }, async ({ database }) => {
      const stopped = runStrategySuite({ database, strategy: atomic, signal: AbortSignal.abort() });
      await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    });
  });
});
