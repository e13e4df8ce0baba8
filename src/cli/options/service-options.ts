import type { RelayedBy } from '../../messaging/index.js';
import { connectionOptions } from './connection-options.js';
import { type OptionsOf, option } from './define-option.js';
import { describePasswordFile } from './url-password.js';

/** Options that say where the payment service keeps its tables; `withPaymentDatabase` reads them. */
export const paymentDatabaseOptions = [
  option(
    '--payment-url <url>',
    'database of the payment service (default: $TABLEPICK_PAYMENT_URL, else the same server and name with _payment behind it)',
  ),
  option('--payment-password-file <file>', describePasswordFile('--payment-url', 'TABLEPICK_PAYMENT_PASSWORD')),
] as const;

/** The values of {@link paymentDatabaseOptions}. */
export type PaymentDatabaseOptions = OptionsOf<typeof paymentDatabaseOptions>;

/** Options that say which databases a command about both services works on. */
export const bothDatabasesOptions = [...paymentDatabaseOptions, ...connectionOptions] as const;

/** The services that a command is about. Without it: those that have a database. */
export const serviceOption = option('--service <name>', 'whose (default: all that have a database)', {
  choices: ['reservation', 'payment', 'all'],
});

/** The default comes first. The list is repeated here, so that a help page does not load the messaging folder. */
const relayers: readonly RelayedBy[] = ['tablepick', 'debezium'];

/** The program that sends the messages in the outboxes. */
export const relayOption = option('--relay <who>', 'who sends what is in the outboxes', {
  choices: relayers,
  default: 'tablepick',
});
