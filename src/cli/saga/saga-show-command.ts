import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { paymentDatabaseOptions } from '../options/service-options.js';
import { sagaArgument } from './saga-options.js';

/** `tablepick saga show` */
export const sagaShowCommand = defineCommand({
  name: 'saga show',
  summary: 'print one saga: seat, money, every step on both sides, dead letters',
  argument: sagaArgument,
  options: [...paymentDatabaseOptions, ...connectionOptions],
});
