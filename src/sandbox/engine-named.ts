import type { Engine } from './engine.js';
import { kafkaEngine } from './engines/kafka.js';
import { mariadbEngine } from './engines/mariadb.js';
import { mysqlEngine } from './engines/mysql.js';
import { redisEngine } from './engines/redis.js';
import type { SandboxEngine } from './sandbox.js';

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
