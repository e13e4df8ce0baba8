import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { countOption, durationOption } from '../options/number-options.js';

/** `tablepick locks watch` */
export const locksWatchCommand = defineCommand({
  name: 'locks watch',
  summary: 'show who waits for whom on which slot, the hottest slots and the last deadlock, until Ctrl-C',
  options: [
    durationOption('--interval <duration>', 'from one look to the next, 200ms or more', {
      least: 200,
      default: 1000,
      defaultText: '1s',
    }),
    durationOption('--for <duration>', 'end after that time (default: at Ctrl-C)'),
    option('--once', 'look once, print what is there and end', { conflicts: ['interval', 'for'] }),
    countOption('--top <n>', 'waits and slots to print', { default: 10 }),
    ...connectionOptions,
  ],
  examples: [
    ['tablepick locks watch --url mysql://app@db.example/reservations', 'live, once a second, until Ctrl-C'],
    ['tablepick locks watch --for 5m --json', 'what was waited for in five minutes, as one JSON object'],
    ['tablepick locks watch --once', 'who waits right now'],
  ],
});
