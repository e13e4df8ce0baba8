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

/** The databases, in order of preference. */
export const databaseEngines: readonly Engine[] = [mysqlEngine, mariadbEngine];

/** All supported engines. */
export const allEngines: readonly Engine[] = [...databaseEngines, redisEngine, kafkaEngine];

/** The engine with this name. */
export function engineNamed(name: SandboxEngine): Engine {
  return ENGINES[name];
}
