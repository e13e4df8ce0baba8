import type { Database } from '../../database/index.js';
import type { ConsumerEvent, RelayEvent, Transport } from '../../messaging/index.js';
import type { Metrics } from '../../observe/metrics.js';
import type { RequestServed } from '../../servers/index.js';
import type { CommandContext } from '../command.js';
import type { ServeOptions } from './serve-options.js';
import type { Closing } from '../../closing.js';
import { formatQuantity } from '../output/format.js';

/** The things that the services of one process share. */
export interface ServiceContext {
  context: CommandContext;
  options: ServeOptions;
  closing: Closing;
  metrics: Metrics;
  /** The secret between payment service and provider. */
  secret: string | undefined;
}

/** A running service, for the line that reports it. */
export interface RunningService {
  service: string;
  url?: string | undefined;
  about: string;
}

/** A {@link ServiceContext} with the things that all services but the gateway need. */
export interface MessagingContext extends ServiceContext {
  /** The reservation side's database. It also carries messages when the transport is the database. */
  database: Database;
  transport: Transport;
}

/** Workers of a relay that shares its service's connections with handlers and requests. */
export const RELAY_WORKERS = 4;

/** Reports the events of a relay to people and to Prometheus. */
export function watchRelay({ context, metrics }: ServiceContext, service: string): (event: RelayEvent) => void {
  return (event) => {
    if (event.kind === 'sent') metrics.count('tablepick_relay_sent_total', { service }, event.messages);
    if (event.kind === 'failed') {
      metrics.count('tablepick_relay_failures_total', { service });
      context.output.complain(
        `${service}: relay: ${String(event.error)}; tried again in ${Math.round(event.waitMs)} ms`,
      );
    }
    if (event.kind === 'refused')
      context.output.complain(`${service}: message ${event.id} was refused: ${event.error.message}`);
  };
}

/** Counts for Prometheus the requests that an HTTP server answers. */
export function countRequests({ metrics }: ServiceContext, server: string): (served: RequestServed) => void {
  return ({ route = 'none', status = 0 }) =>
    metrics.count('tablepick_http_requests_total', { server, route, status: String(status) });
}

/** Reports the events of a consumer to people and to Prometheus. */
export function watchConsumer({ context, metrics }: ServiceContext, group: string): (event: ConsumerEvent) => void {
  const say = (line: string): void => context.output.complain(`${group}: ${line}`);
  return (event) => {
    switch (event.kind) {
      case 'handled':
        return metrics.count('tablepick_consumer_handled_total', { group, type: event.type });
      case 'retrying':
        metrics.count('tablepick_consumer_retries_total', { group, type: event.type });
        return say(`${event.type} of ${event.key} failed, tried again in ${event.waitMs} ms: ${String(event.error)}`);
      case 'dead':
        metrics.count('tablepick_consumer_dead_total', { group, type: event.type });
        return say(
          `${event.type} of ${event.key} is a dead letter after ${formatQuantity(event.attempts, 'attempt')}: ${String(event.error)}`,
        );
      case 'failed':
        return say(String(event.error));
      case 'stalled':
        return say(`${event.lag} messages waited and none came: subscribed anew`);
      case 'skipped':
        return undefined;
    }
  };
}
