import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { argument, option } from '../options/define-option.js';
import { countOption, durationOption } from '../options/number-options.js';
import { transportOptions } from '../options/transport-options.js';

/** `tablepick consume` */
export const consumeCommand = defineCommand({
  name: 'consume',
  summary: 'print the messages of a topic, one JSON object a line',
  argument: argument('<topic>', 'for example payments', String),
  options: [
    option('--group <name>', 'go on where this group stopped, and remember how far it came (default: from the first)'),
    option('--type <name>', 'only messages of this type'),
    option('--key <text>', 'only messages of this key, the id of the reservation'),
    countOption('--limit <n>', 'end after so many'),
    durationOption('--until-idle <duration>', 'end when nothing came for that time (default: at Ctrl-C)'),
    ...transportOptions,
    ...connectionOptions,
  ],
  examples: [
    ['tablepick consume payments --key 17 --until-idle 2s', 'what was said about the payment of reservation 17'],
  ],
});
