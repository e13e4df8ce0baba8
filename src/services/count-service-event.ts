import type { ConsumerEvent } from '../messaging/index.js';
import type { Metrics } from '../observe/metrics.js';
import type { GatewayEvent } from '../payments/index.js';
import type { ServiceEvent } from './service-event.js';

/** Counts for Prometheus what an event tells. */
export function countServiceEvent(metrics: Metrics, told: ServiceEvent): void {
  const { service } = told;
  if (told.kind === 'consumer') countConsumerEvent(metrics, told.group, told.event);
  if (told.kind === 'gateway') countGatewayEvent(metrics, told.event);
  if (told.kind === 'relay' && told.event.kind === 'sent') {
    metrics.count('tablepick_relay_sent_total', { service }, told.event.messages);
  }
  if (told.kind === 'relay' && told.event.kind === 'failed')
    metrics.count('tablepick_relay_failures_total', { service });
  if (told.kind === 'http-served') {
    const { route = 'none', status = 0 } = told.event;
    metrics.count('tablepick_http_requests_total', { server: service, route, status: String(status) });
  }
}

function countConsumerEvent(metrics: Metrics, group: string, event: ConsumerEvent): void {
  if (event.kind === 'handled') metrics.count('tablepick_consumer_handled_total', { group, type: event.type });
  if (event.kind === 'retrying') metrics.count('tablepick_consumer_retries_total', { group, type: event.type });
  if (event.kind === 'dead') metrics.count('tablepick_consumer_dead_total', { group, type: event.type });
}

function countGatewayEvent(metrics: Metrics, event: GatewayEvent): void {
  if (event.kind !== 'answered' && event.kind !== 'failed') return;
  const outcome = event.kind === 'answered' ? event.outcome : 'failed';
  metrics.count('tablepick_gateway_calls_total', { call: event.call, outcome });
}
