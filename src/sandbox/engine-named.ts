import type { Engine } from './engine.js';
import { mariadbEngine } from './engines/mariadb.js';
import { mysqlEngine } from './engines/mysql.js';
import type { SandboxEngine } from './sandbox.js';

const ENGINES: Record<SandboxEngine, Engine> = { mysql: mysqlEngine, mariadb: mariadbEngine };

/** Every engine, in the order in which an installed one is preferred. */
export const allEngines: readonly Engine[] = [mysqlEngine, mariadbEngine];

/** What the sandbox knows of the engine of that name. */
export function engineNamed(name: SandboxEngine): Engine {
  return ENGINES[name];
}
