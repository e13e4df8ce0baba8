import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { paymentDatabaseOptions } from '../options/service-options.js';

/** `tablepick init` */
export const initCommand = defineCommand({
  name: 'init',
  summary: 'create or bring up to date the tables in the database',
  options: [
    option('--print-sql', 'print the statements instead of running them; needs no database'),
    option(
      '--payment',
      "the payment service's tables, in its own database, instead of those of slots and reservations",
    ),
    ...paymentDatabaseOptions,
    ...connectionOptions,
  ],
});
