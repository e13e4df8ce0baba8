import { defineCommand } from '../command.js';
import { serveOptions, serviceArgument } from './serve-options.js';

/** `tablepick serve` */
export const serveCommand = defineCommand({
  name: 'serve',
  summary: 'run services until Ctrl-C: reservations, payments, a fake payment provider, mails to guests',
  argument: serviceArgument,
  options: serveOptions,
  examples: [
    ['tablepick serve reservation payment gateway notifications', 'the whole flow in one process, on the sandbox'],
    [
      'tablepick serve reservation payment gateway notifications --transport kafka',
      "the same over the sandbox's Kafka",
    ],
    [
      'tablepick serve payment --gateway-url https://pay.example --callback-secret-file secret --brokers kafka:9092',
      'one service of your own system',
    ],
    ['tablepick serve gateway --latency 300ms --fail-rate 0.1 --lost-answer-rate 0.05', 'a provider that misbehaves'],
  ],
});
