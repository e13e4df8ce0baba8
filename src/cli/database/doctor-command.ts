import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { redisOptions } from '../options/redis-options.js';

/** `tablepick doctor` */
export const doctorCommand = defineCommand({
  name: 'doctor',
  summary: 'check server, privileges, settings and schema, and say what to do about each finding',
  options: [...redisOptions, ...connectionOptions],
});
