import { defineCommand } from '../command.js';
import { option } from '../options/define-option.js';
import { countOption } from '../options/number-options.js';
import { bothDatabasesOptions, serviceOption } from '../options/service-options.js';
import { transportOptions } from '../options/transport-options.js';

/** `tablepick outbox relay` */
export const outboxRelayCommand = defineCommand({
  name: 'outbox relay',
  summary: 'send what waits in the outboxes, until Ctrl-C; any number may run at once',
  options: [
    serviceOption,
    option('--once', 'end when nothing waits any more'),
    countOption('--batch-rows <n>', 'messages of one batch', { default: 1000 }),
    ...transportOptions,
    ...bothDatabasesOptions,
  ],
  examples: [
    ['tablepick outbox relay --brokers kafka1:9092', 'both services to Kafka, until Ctrl-C'],
    ['tablepick outbox relay --service payment --once', 'what the payment service has said so far'],
  ],
});
