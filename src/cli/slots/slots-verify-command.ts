import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { keysLimitOption } from '../options/question-options.js';
import { planOptions } from './plan-options.js';

/** `tablepick slots verify` */
export const slotsVerifyCommand = defineCommand({
  name: 'slots verify',
  summary: 'prove that exactly the planned slots are in the table; exit code 3 when not',
  options: [...planOptions('those of the latest run, by its own rules'), keysLimitOption, ...connectionOptions],
});
