import type { Database } from '../../database/index.js';
import { type GaugeValue } from '../../observe/metrics.js';
import { countDeadLetters, outboxStatus } from '../../messaging/index.js';
import { notificationGroup } from '../../notifications/index.js';
import { paymentGroup, paymentTopic, reservationTopic } from '../../payments/index.js';
import { reservationGroup } from '../../saga/index.js';
import type { MessagingContext } from './service-context.js';

const SELECT_STATES = 'SELECT state, COUNT(*) AS value FROM compensation GROUP BY state';

/** Lets Prometheus read outboxes, dead letters, lag and compensations. */
export function watchTables({ database, transport, metrics }: MessagingContext, payments: Database | undefined): void {
  const services = Object.entries({ reservation: database, ...(payments === undefined ? {} : { payment: payments }) });
  const each = async (read: (of: Database, service: string) => Promise<GaugeValue[]>): Promise<GaugeValue[]> =>
    (await Promise.all(services.map(([service, of]) => read(of, service)))).flat();
  metrics.gauge('tablepick_outbox_pending', () =>
    each(async (of, service) => [{ labels: { service }, value: (await outboxStatus(of)).pending }]),
  );
  metrics.gauge('tablepick_outbox_oldest_seconds', () =>
    each(async (of, service) => [{ labels: { service }, value: (await outboxStatus(of)).oldestSeconds ?? 0 }]),
  );
  metrics.gauge('tablepick_dead_letters', () =>
    each(async (of, service) =>
      (await countDeadLetters(of)).map(({ group, count }) => ({ labels: { service, group }, value: count })),
    ),
  );
  metrics.gauge('tablepick_saga_states', async () => {
    const rows = await database.query<{ state: string; value: number }>(SELECT_STATES);
    return rows.map(({ state, value }) => ({ labels: { state }, value }));
  });
  metrics.gauge('tablepick_consumer_lag', async () => {
    const wanted = [
      { group: reservationGroup, topics: [paymentTopic] },
      { group: paymentGroup, topics: [reservationTopic, paymentTopic] },
      { group: notificationGroup, topics: [reservationTopic] },
    ];
    const lags = await Promise.all(
      wanted.map(async ({ group, topics }) => ({ group, lags: await transport.lag(group, topics) })),
    );
    return lags.flatMap(({ group, lags: of }) =>
      sumByTopic(of).map(([topic, value]) => ({ labels: { group, topic }, value })),
    );
  });
}

function sumByTopic(lags: readonly { topic: string; lag: number }[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const { topic, lag } of lags) sums.set(topic, (sums.get(topic) ?? 0) + lag);
  return [...sums];
}
