/** What a metric says of itself, and the labels of its values. */
export interface MetricDescription {
  help: string;
  labels: readonly string[];
}

/** The names of the counters. */
export type CounterName =
  | 'tablepick_relay_sent_total'
  | 'tablepick_relay_failures_total'
  | 'tablepick_consumer_handled_total'
  | 'tablepick_consumer_retries_total'
  | 'tablepick_consumer_dead_total'
  | 'tablepick_gateway_calls_total'
  | 'tablepick_http_requests_total'
  | 'tablepick_reservations_total';

/** The names of the histograms of durations. */
export type HistogramName = 'tablepick_reservation_seconds';

/** The names of the gauges. */
export type GaugeName =
  | 'tablepick_outbox_pending'
  | 'tablepick_outbox_oldest_seconds'
  | 'tablepick_consumer_lag'
  | 'tablepick_dead_letters'
  | 'tablepick_saga_states'
  | 'tablepick_saga_backlog'
  | 'tablepick_saga_settle_rate'
  | 'tablepick_saga_settle_eta_seconds'
  | 'tablepick_saga_paid_late';

/** All counters. */
export const COUNTERS: Readonly<Record<CounterName, MetricDescription>> = {
  tablepick_relay_sent_total: { help: 'messages sent from the outbox', labels: ['service'] },
  tablepick_relay_failures_total: { help: 'batches that could not be sent', labels: ['service'] },
  tablepick_consumer_handled_total: { help: 'messages handled', labels: ['group', 'type'] },
  tablepick_consumer_retries_total: { help: 'messages to be tried again', labels: ['group', 'type'] },
  tablepick_consumer_dead_total: { help: 'messages that became dead letters', labels: ['group', 'type'] },
  tablepick_gateway_calls_total: { help: 'calls of the payment provider', labels: ['call', 'outcome'] },
  tablepick_http_requests_total: { help: 'requests answered', labels: ['server', 'route', 'status'] },
  tablepick_reservations_total: { help: 'attempts to reserve by their outcome', labels: ['strategy', 'outcome'] },
};

/** All histograms. */
export const HISTOGRAMS: Readonly<Record<HistogramName, MetricDescription>> = {
  tablepick_reservation_seconds: { help: 'time of an attempt to reserve', labels: ['strategy', 'outcome'] },
};

/** The upper limits of a histogram's buckets in seconds: from one round trip to a long wait for locks. */
export const BUCKETS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** All gauges. */
export const GAUGES: Readonly<Record<GaugeName, MetricDescription>> = {
  tablepick_outbox_pending: { help: 'messages that wait in the outbox', labels: ['service'] },
  tablepick_outbox_oldest_seconds: { help: 'age of the oldest of them', labels: ['service'] },
  tablepick_consumer_lag: { help: 'messages a group has not committed', labels: ['group', 'topic'] },
  tablepick_dead_letters: { help: 'open dead letters', labels: ['service', 'group'] },
  tablepick_saga_states: { help: 'compensations by state', labels: ['state'] },
  tablepick_saga_backlog: { help: 'reservations that wait for their payment', labels: [] },
  tablepick_saga_settle_rate: { help: 'reservations a second whose payment ended, lately', labels: [] },
  tablepick_saga_settle_eta_seconds: { help: 'time to settle all that wait, at that pace', labels: [] },
  tablepick_saga_paid_late: { help: 'holds that ran out while their payment was under way', labels: [] },
};
