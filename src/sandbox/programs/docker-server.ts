import { createHash } from 'node:crypto';

import type { Engine, ServerPlace, ServerProgram } from '../engines/engine.js';
import { runCommand } from './run-command.js';
import type { SandboxEvent } from '../sandbox.js';

// Untested, because no machine with a Docker engine was available. For that reason this code is short.

/** True when a Docker engine answers. The client alone is not enough. */
export async function dockerAnswers(signal?: AbortSignal): Promise<boolean> {
  try {
    const command = ['docker', 'version', '--format', '{{.Server.Version}}'];
    return (await runCommand(command, { doing: 'asking for a Docker engine', signal })).trim() !== '';
  } catch (error) {
    if (signal?.aborted) throw error;
    return false;
  }
}

/**
 * Pulls the engine's official image.
 *
 * @throws `SANDBOX_FAILED` when it cannot be pulled; `ABORTED` when `signal` fires.
 */
export async function prepareDockerProgram(
  engine: Engine,
  options: { signal?: AbortSignal | undefined; onEvent?: ((event: SandboxEvent) => void) | undefined },
): Promise<ServerProgram> {
  const { image } = engine.docker;
  options.onEvent?.({ kind: 'fetching', engine: engine.name, what: image, from: 'docker', path: image });
  await runCommand(['docker', 'pull', '--quiet', image], { doing: `pulling ${image}`, signal: options.signal });
  return { engine: engine.name, version: image, source: 'docker', path: image, command: [] };
}

/**
 * The command that runs the image in the foreground. The client forwards SIGTERM, so the container stops like other
 * servers.
 */
export function dockerCommand(engine: Engine, program: ServerProgram, place: ServerPlace): string[] {
  return [
    'docker',
    'run',
    '--rm',
    `--name=${containerName(place.dataDir)}`,
    dockerMark(engine, place.dataDir),
    `--publish=127.0.0.1:${place.port}:${engine.docker.port}`,
    ...userOption(),
    ...engine.docker.environment.map((setting) => `--env=${setting}`),
    ...engine.docker.files(place).map(([here, there]) => `--volume=${here}:${there}:ro`),
    program.path,
    ...(engine.docker.command?.(place) ?? []),
  ];
}

/**
 * The container that works on this data, also when its client is gone. Undefined when there is no such container or no
 * Docker.
 */
export async function findContainer(dataDir: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const name = containerName(dataDir);
  try {
    const command = ['docker', 'ps', '--quiet', `--filter=name=^/?${name}$`];
    return (await runCommand(command, { doing: 'asking for a container', signal })).trim() === '' ? undefined : name;
  } catch (error) {
    if (signal?.aborted) throw error;
    return undefined;
  }
}

function containerName(dataDir: string): string {
  return `tablepick-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
}

/** The argument with the data directory. */
export function dockerMark(engine: Engine, dataDir: string): string {
  return `--volume=${dataDir}:${engine.docker.dataFolder}`;
}

function userOption(): string[] {
  return process.getuid && process.getgid ? [`--user=${process.getuid()}:${process.getgid()}`] : [];
}
