import { Counter, Registry } from 'prom-client';
import { expect, it } from 'vitest';

import { createMetrics } from './metrics.js';

const count = 'tablepick_relay_sent_total';

it('counts into the registry of a user, beside its own metrics', async () => {
  const registry = new Registry();
  new Counter({ name: 'mine_total', help: 'of the user', registers: [registry] }).inc(3);
  const metrics = await createMetrics({ registry, prefix: 'seoul_' });
  metrics.count(count, { service: 'reservation' }, 2);
  metrics.observe('tablepick_reservation_seconds', { strategy: 'atomic', outcome: 'reserved' }, 0.02);
  const lines = (await registry.metrics()).split('\n');
  for (const line of [
    'mine_total 3',
    `seoul_${count}{service="reservation"} 2`,
    'seoul_tablepick_reservation_seconds_bucket{le="0.025",strategy="atomic",outcome="reserved"} 1',
    'seoul_tablepick_reservation_seconds_bucket{le="0.01",strategy="atomic",outcome="reserved"} 0',
  ])
    expect(lines).toContain(line);
  expect(lines.filter((line) => line.includes('process_cpu'))).toEqual([]);
});

it('gives the same metrics for a registry again, and others for another prefix', async () => {
  const registry = new Registry();
  const [one, same, other] = await Promise.all([
    createMetrics({ registry }),
    createMetrics({ registry }),
    createMetrics({ registry, prefix: 'other_' }),
  ]);
  one.count(count, { service: 'payment' });
  same.count(count, { service: 'payment' });
  other.count(count, { service: 'payment' });
  const lines = (await registry.metrics()).split('\n');
  expect(lines).toContain(`${count}{service="payment"} 2`);
  expect(lines).toContain(`other_${count}{service="payment"} 1`);
});

it('reads a gauge from all who know a part of it, and leaves out who fails', async () => {
  const metrics = await createMetrics({ defaultMetrics: false });
  const read = (service: string) => async () => [{ labels: { service }, value: 1 }];
  const remove = metrics.gauge('tablepick_outbox_pending', read('reservation'));
  metrics.gauge('tablepick_outbox_pending', read('payment'));
  metrics.gauge('tablepick_outbox_pending', () => Promise.reject(new Error('away')));
  const values = async () => (await metrics.text()).text.split('\n').filter((line) => /^[a-z_]+\{/.test(line));
  expect(await values()).toEqual([
    'tablepick_outbox_pending{service="reservation"} 1',
    'tablepick_outbox_pending{service="payment"} 1',
  ]);
  remove();
  expect(await values()).toEqual(['tablepick_outbox_pending{service="payment"} 1']);
});
