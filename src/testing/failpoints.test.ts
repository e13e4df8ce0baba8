import { describe, expect, it } from 'vitest';

import type { Database, Transaction } from '../database/index.js';
import { createMemoryHub, createMemoryTransport, encodeMessage, createMessage } from '../messaging/index.js';
import type { PaymentGateway } from '../payments/index.js';
import { createFailpoints, type FailpointRule } from './failpoints/failpoint-plan.js';
import { failpointNames } from './failpoints/failpoint-names.js';
import { withFailpoints } from './failpoints.js';

const APPROVED = { kind: 'approved', providerId: 'p', amount: 5000, currency: 'KRW' } as const;
const gateway: PaymentGateway = {
  approve: async () => APPROVED,
  cancel: async () => ({ kind: 'cancelled', providerId: 'p' }),
  find: async () => undefined,
};
const request = { reservationId: 1, amount: 1, currency: 'KRW' };

/** A database that notes its transactions. */
function noting(notes: string[]): Database {
  const transaction: Database['transaction'] = async (work) => {
    const result = await work({} as Transaction);
    notes.push('COMMIT');
    return result;
  };
  return { transaction } as Database;
}

async function timesTriggered(rule: FailpointRule, seed: number, times: number): Promise<number[]> {
  const triggered: number[] = [];
  let time = 0;
  const { pass } = createFailpoints({ rules: [rule], seed }, () => void triggered.push(time));
  for (time = 1; time <= times; time += 1) await pass(rule.at);
  return triggered;
}

describe('failpoints', () => {
  it('trigger at the n-th time, or by chance as the seed says', async () => {
    const delay = { at: 'relay:before-publish', does: 'delay', delayMs: 0 } as const;
    expect(await timesTriggered({ ...delay, nth: 3 }, 1, 10)).toEqual([3]);
    expect(await timesTriggered(delay, 1, 3)).toEqual([1, 2, 3]);
    const byChance = await timesTriggered({ ...delay, probability: 0.2 }, 7, 200);
    expect(byChance.length).toBeGreaterThan(20);
    expect(byChance.length).toBeLessThan(60);
    expect(await timesTriggered({ ...delay, probability: 0.2 }, 7, 200)).toEqual(byChance);
  });

  it('throw around a provider what a lost request and a lost answer look like', async () => {
    const rules = [{ at: 'gateway:after-approve', does: 'throw', nth: 1 }] as const;
    const ports = withFailpoints({ gateway }, { rules });
    const lost = { code: 'GATEWAY_UNAVAILABLE', retriable: true };
    await expect(ports.gateway.approve(request)).rejects.toMatchObject(lost);
    expect(await ports.gateway.approve(request)).toEqual(APPROVED);
  });

  it('stand before the work, before the COMMIT and behind it', async () => {
    const codes = { 'database:before-work': 'CONNECTION_LOST', 'database:before-commit': 'CONNECTION_LOST' } as const;
    const committed = { 'database:after-commit': 'COMMIT_UNKNOWN' } as const;
    for (const [at, code] of Object.entries({ ...codes, ...committed })) {
      const notes: string[] = [];
      const rules = [{ at: at as FailpointRule['at'], does: 'throw' as const }];
      const { database } = withFailpoints({ database: noting(notes) }, { rules });
      const work = database.transaction(async () => void notes.push('work'));
      await expect(work, at).rejects.toMatchObject({ code });
      const done = { 'database:before-work': [], 'database:before-commit': ['work'] }[at] ?? ['work', 'COMMIT'];
      expect(notes, at).toEqual(done);
    }
  });

  it("tell a handler's transaction from any other", async () => {
    const transport = createMemoryTransport(createMemoryHub());
    await transport.createTopics([{ topic: 'things', partitions: 1 }]);
    const passed: string[] = [];
    const rules = failpointNames.map((at) => ({ at, does: 'delay', delayMs: 0 }) as const);
    const ports = withFailpoints({ transport, database: noting([]) }, { rules }, ({ at }) => void passed.push(at));
    const handled = new Promise<void>((resolve) => {
      const onBatch = async () => {
        await ports.database.transaction(async () => {});
        resolve();
      };
      void ports.transport.subscribe({ group: 'g', topics: ['things'], onBatch });
    });
    await ports.transport.publish([
      encodeMessage(createMessage({ type: 'T', key: 'k', aggregate: 'things', data: 1 })),
    ]);
    await handled;
    await ports.database.transaction(async () => {});
    await transport.close();
    expect(passed.filter((name) => name.startsWith('consumer'))).toEqual([
      'consumer:before-batch',
      'consumer:before-effect',
      'consumer:before-commit',
      'consumer:after-effect',
      'consumer:after-batch',
    ]);
    expect(passed).toContain('database:after-commit');
    expect(passed).toContain('relay:after-publish');
  });

  it('refuse a rule that nothing can come of', () => {
    const refuse = (rule: object) => () => createFailpoints({ rules: [rule as FailpointRule] });
    expect(refuse({ at: 'nowhere', does: 'kill' })).toThrow(/no failpoint "nowhere"/);
    expect(refuse({ at: 'relay:after-publish', does: 'explode' })).toThrow(/cannot "explode"/);
    expect(refuse({ at: 'consumer:before-batch', does: 'throw' })).toThrow(/nothing can be thrown/);
    expect(refuse({ at: 'relay:after-publish', does: 'kill', nth: 0 })).toThrow(/nth is 0/);
    expect(refuse({ at: 'relay:after-publish', does: 'kill', probability: 2 })).toThrow(/probability is 2/);
  });
});
