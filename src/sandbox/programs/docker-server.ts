import { createHash } from 'node:crypto';

import type { Engine, ServerPlace, ServerProgram } from '../engines/engine.js';
import { runCommand } from './run-command.js';
import type { SandboxEvent } from '../sandbox.js';

// Untried: no machine with a Docker engine was at hand when this was written. It is kept thin for that reason.

/** True when a Docker engine answers, not only its client is there. */
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
 * The engine's official image, pulled if this machine does not have it.
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

/** Runs the image in the foreground: the client hands SIGTERM on, so it is stopped like a server of our own. */
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

/** The container that works on that data although its client may be gone; undefined when there is none or no Docker. */
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

/** The argument that names the data directory. */
export function dockerMark(engine: Engine, dataDir: string): string {
  return `--volume=${dataDir}:${engine.docker.dataFolder}`;
}

function userOption(): string[] {
  return process.getuid && process.getgid ? [`--user=${process.getuid()}:${process.getgid()}`] : [];
}
