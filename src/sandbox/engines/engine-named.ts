import type { Engine } from './engine.js';
import { kafkaEngine } from './kafka.js';
import { mariadbEngine } from './mariadb.js';
import { mysqlEngine } from './mysql.js';
import { redisEngine } from './redis.js';
import type { SandboxEngine } from '../sandbox.js';

const ENGINES: Record<SandboxEngine, Engine> = {
  mysql: mysqlEngine,
  mariadb: mariadbEngine,
  redis: redisEngine,
  kafka: kafkaEngine,
};

/** The databases, in the order in which an installed one is preferred. */
export const databaseEngines: readonly Engine[] = [mysqlEngine, mariadbEngine];

/** Every engine there is. */
export const allEngines: readonly Engine[] = [...databaseEngines, redisEngine, kafkaEngine];

/** What the sandbox knows of the engine of that name. */
export function engineNamed(name: SandboxEngine): Engine {
  return ENGINES[name];
}
