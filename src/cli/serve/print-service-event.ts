import type { ConsumerEvent, RelayEvent } from '../../messaging/index.js';
import type { GatewayEvent } from '../../payments/index.js';
import type { ServiceEvent } from '../../services/index.js';
import type { CommandContext } from '../command.js';
import { formatQuantity } from '../output/format.js';
import type { RepeatLimit } from '../output/repeat-limit.js';
import { describeError, describeHttpError } from './describe-error.js';

/** The input of {@link printServiceEvent}. */
export interface EventPrinting extends Pick<CommandContext, 'output'> {
  /** The same for all events of a process. */
  limitRepeats: RepeatLimit;
}

/** Prints an event of a service when somebody must know of it. A failure that comes again and again is told seldom. */
export function printServiceEvent({ output, limitRepeats }: EventPrinting, told: ServiceEvent): void {
  const line = describe(told);
  if (line === undefined) return;
  if (isGoodNews(told)) return output.note(line);
  const printed = isTriedAgain(told) ? limitRepeats(line) : line;
  if (printed !== undefined) output.complain(printed);
}

/** Such a failure comes again with each try, while others are told once: changes of a state, requests, dead letters. */
function isTriedAgain(told: ServiceEvent): boolean {
  if (told.kind === 'relay') return told.event.kind === 'failed';
  if (told.kind === 'consumer') return told.event.kind === 'failed' || told.event.kind === 'retrying';
  return told.kind === 'expire-error' || told.kind === 'settle-error';
}

function isGoodNews(told: ServiceEvent): boolean {
  return told.kind === 'ready-again' || (told.kind === 'gateway' && told.event.kind === 'breaker-closed');
}

function describe(told: ServiceEvent): string | undefined {
  const { service } = told;
  switch (told.kind) {
    case 'relay':
      return inFrontOf(describeRelayEvent(told.event), service);
    case 'consumer':
      return inFrontOf(describeConsumerEvent(told.event), told.group);
    case 'gateway':
      return inFrontOf(describeGatewayEvent(told.event), service);
    case 'http-served':
      return undefined;
    case 'not-ready':
      return `${service}: not ready: ${describeError(told.error)}`;
    case 'ready-again':
      return `${service}: there again: ${told.what}`;
    case 'http-error':
      return describeHttpError(service, told.error, told.request);
    case 'expire-error':
    case 'settle-error':
      return `${service}: ${describeError(told.error)}`;
  }
}

function inFrontOf(line: string | undefined, name: string): string | undefined {
  return line === undefined ? undefined : `${name}: ${line}`;
}

function describeRelayEvent(event: RelayEvent): string | undefined {
  if (event.kind === 'failed') {
    return `relay: ${describeError(event.error)}; tried again in ${Math.round(event.waitMs)} ms`;
  }
  return event.kind === 'refused' ? `message ${event.id} was refused: ${event.error.message}` : undefined;
}

function describeConsumerEvent(event: ConsumerEvent): string | undefined {
  switch (event.kind) {
    case 'retrying':
      return `${event.type} of ${event.key} failed, tried again in ${event.waitMs} ms: ${describeError(event.error)}`;
    case 'dead':
      return `${event.type} of ${event.key} is a dead letter after ${formatQuantity(event.attempts, 'attempt')}: ${describeError(event.error)}`;
    case 'failed':
      return describeError(event.error);
    case 'stalled':
      return `${event.lag} messages waited and none came: subscribed anew`;
    case 'handled':
    case 'skipped':
      return undefined;
  }
}

function describeGatewayEvent(event: GatewayEvent): string | undefined {
  if (event.kind === 'breaker-opened') return `provider left alone: ${event.error.message}`;
  return event.kind === 'breaker-closed' ? 'the provider answers again' : undefined;
}
