import { existsSync } from 'node:fs';

import { TablepickError } from '../../errors.js';
import type { Engine } from './engine.js';
import { allEngines, databaseEngines, engineNamed } from './engine-named.js';
import { findFetched } from '../programs/fetched-server.js';
import { findInstalled } from '../programs/installed-server.js';
import { openHome, openInstance } from '../instance/instance-folder.js';
import { readRunning } from '../server/running-server.js';
import type { SandboxOptions } from '../sandbox.js';

/**
 * The engine of the options. Default: a database, namely one that is kept up, else the first installed one, else one
 * fetched before, else MariaDB, because its package is smaller.
 *
 * @throws `BAD_OPTION` for an engine that does not exist; `ABORTED` when the signal fires.
 */
export async function chooseEngine(options: SandboxOptions): Promise<Engine> {
  if (options.engine !== undefined) return namedEngine(options.engine);
  const leftUp = databaseEngines.find((engine) => existsSync(openInstance(options, engine.name).upMarker));
  return leftUp ?? (await firstAvailable(options)) ?? engineNamed('mariadb');
}

/** Like {@link chooseEngine}, but a running database comes first. A dead command may have left it running. */
export async function chooseExistingEngine(options: SandboxOptions): Promise<Engine> {
  if (options.engine !== undefined) return namedEngine(options.engine);
  const running = databaseEngines.find(
    (engine) => readRunning(engine, openInstance(options, engine.name)) !== undefined,
  );
  return running ?? (await chooseEngine(options));
}

function namedEngine(name: string): Engine {
  const engine = allEngines.find((candidate) => candidate.name === name);
  if (engine !== undefined) return engine;
  const known = allEngines.map((candidate) => candidate.name).join(', ');
  throw new TablepickError('BAD_OPTION', `there is no sandbox engine "${name}"`, { hint: `Engines: ${known}.` });
}

async function firstAvailable(options: SandboxOptions): Promise<Engine | undefined> {
  if (options.source === undefined || options.source === 'installed') {
    for (const engine of databaseEngines) if (await findInstalled(engine, options.signal)) return engine;
  }
  const home = openHome(options);
  return options.source === 'docker' ? undefined : databaseEngines.find((engine) => findFetched(home, engine));
}
