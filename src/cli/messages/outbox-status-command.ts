import { defineCommand } from '../command.js';
import { durationOption } from '../options/number-options.js';
import { bothDatabasesOptions, relayOption, serviceOption } from '../options/service-options.js';

/** `tablepick outbox status` */
export const outboxStatusCommand = defineCommand({
  name: 'outbox status',
  summary: 'print what waits to be sent, since when, and what could not be; works while the transport is away',
  options: [
    serviceOption,
    durationOption('--every <duration>', 'a line each so often, until Ctrl-C', { least: 100 }),
    relayOption,
    ...bothDatabasesOptions,
  ],
});
