import { countDeadLetters, outboxStatus } from '../messaging/index.js';
import { notificationGroup } from '../notifications/index.js';
import { countPaidLate, readSagaBacklog } from '../saga/index.js';
import type { GaugeName } from '../observe/metric-descriptions.js';
import type { GaugeValue } from '../observe/metrics.js';
import { boundedQuestion } from './bounded-question.js';
import type { Participant, Starting } from './starting.js';

/** Shorter than the time that Prometheus waits for an answer, by default 10 s. */
const GAUGE_WITHIN_MS = 2000;

const SELECT_STATES = 'SELECT state, COUNT(*) AS value FROM compensation GROUP BY state';

/** Lets Prometheus read how long a service's outbox is. */
export function addOutboxGauges(participant: Participant, starting: Starting): void {
  const { service, database } = participant;
  addGauge(starting, 'tablepick_outbox_pending', async () => {
    return [{ labels: { service }, value: (await outboxStatus(database)).pending }];
  });
  addGauge(starting, 'tablepick_outbox_oldest_seconds', async () => {
    return [{ labels: { service }, value: (await outboxStatus(database)).oldestSeconds ?? 0 }];
  });
}

/** Lets Prometheus read a service's dead letters. The notifications may share a database; theirs are told by them. */
export function addDeadLetterGauge(participant: Participant, starting: Starting): void {
  const { service, database } = participant;
  const isMine = (group: string): boolean => (group === notificationGroup) === (service === 'notifications');
  addGauge(starting, 'tablepick_dead_letters', async () => {
    const counts = (await countDeadLetters(database)).filter(({ group }) => isMine(group));
    const sums = sumBy(counts, ({ group, count }) => [group, count]);
    return sums.map(([group, value]) => ({ labels: { service, group }, value }));
  });
}

/** Lets Prometheus read how far a group is behind. */
export function addLagGauge({ group, topics }: Participant, starting: Starting): void {
  addGauge(starting, 'tablepick_consumer_lag', async () => {
    const lags = await starting.transport.lag(group, topics);
    const sums = sumBy(lags, ({ topic, lag }) => [topic, lag]);
    return sums.map(([topic, value]) => ({ labels: { group, topic }, value }));
  });
}

/** Lets Prometheus read the states of compensations. */
export function addSagaGauge(participant: Participant, starting: Starting): void {
  addGauge(starting, 'tablepick_saga_states', async () => {
    const rows = await participant.database.query<{ state: string; value: number }>(SELECT_STATES);
    return rows.map(({ state, value }) => ({ labels: { state }, value }));
  });
}

/** Lets Prometheus read what waits for its payment, how fast that is settled, and what was paid too late. */
export function addBacklogGauges({ database }: Participant, starting: Starting): void {
  // One reading for all three, because they are asked at once.
  const read = boundedQuestion(() => readSagaBacklog(database), GAUGE_WITHIN_MS);
  const value = (found: number): GaugeValue[] => [{ labels: {}, value: found }];
  addGauge(starting, 'tablepick_saga_backlog', async () => value((await read()).waiting));
  addGauge(starting, 'tablepick_saga_settle_rate', async () => value((await read()).settledPerSecond));
  addGauge(starting, 'tablepick_saga_settle_eta_seconds', async () => {
    const { etaSeconds } = await read();
    return etaSeconds === null ? [] : value(etaSeconds);
  });
  addGauge(starting, 'tablepick_saga_paid_late', async () => value(await countPaidLate(database)));
}

/** A gauge without an answer in time has no value, so that a silent server does not keep Prometheus waiting. */
function addGauge({ metrics, closing }: Starting, name: GaugeName, read: () => Promise<readonly GaugeValue[]>): void {
  if (metrics !== undefined) closing.onClose(metrics.gauge(name, boundedQuestion(read, GAUGE_WITHIN_MS)));
}

function sumBy<Item>(items: readonly Item[], read: (item: Item) => [key: string, value: number]): [string, number][] {
  const sums = new Map<string, number>();
  for (const [key, value] of items.map(read)) sums.set(key, (sums.get(key) ?? 0) + value);
  return [...sums];
}
