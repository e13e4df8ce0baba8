import { existsSync } from 'node:fs';

import { dockerMark } from '../programs/docker-server.js';
import type { Engine } from '../engines/engine.js';
import { findFetched } from '../programs/fetched-server.js';
import type { InstanceFolder } from '../instance/instance-folder.js';
import { findProcessByArgument, type FoundProcess } from './process-identity.js';
import { isRunning, readState, type ServerState } from './server-state.js';

/**
 * The instance's running server. Undefined when it has ended or was never started. When the state file is lost or
 * broken, the server is found among the processes by its mark. So nobody starts a second server on its data or deletes
 * the data.
 */
export function readRunning(engine: Engine, folder: InstanceFolder): ServerState | undefined {
  const state = readState(folder.statePath);
  return state && isRunning(state) ? state : findUnlisted(engine, folder);
}

function findUnlisted(engine: Engine, folder: InstanceFolder): ServerState | undefined {
  if (!existsSync(folder.dataDir)) return undefined;
  const mark = engine.dataDirOption(folder.dataDir);
  const native = findProcessByArgument(mark);
  if (native !== undefined) return describeNative({ engine, folder, mark }, native);
  const containerMark = dockerMark(engine, folder.dataDir);
  const client = findProcessByArgument(containerMark);
  return client && describeClient(engine, containerMark, client);
}

function describeNative(
  { engine, folder, mark }: { engine: Engine; folder: InstanceFolder; mark: string },
  { pid, startTime, commandLine }: FoundProcess,
): ServerState {
  const known = findFetched(folder.home, engine);
  const fetched = known !== undefined && commandLine.includes(`${known.root}/`) ? known : undefined;
  return {
    pid,
    startTime,
    mark,
    stopping: false,
    version: fetched?.version ?? '',
    port: Number(engine.portPattern.exec(commandLine)?.[1]),
    socketPath: engine.withoutSocket ? undefined : folder.socketPath,
    source: fetched === undefined ? 'installed' : 'fetched-before',
    path: fetched?.path ?? commandLine.split(' ')[0] ?? '',
  };
}

function describeClient(engine: Engine, mark: string, { pid, startTime, commandLine }: FoundProcess): ServerState {
  return {
    pid,
    startTime,
    mark,
    stopping: false,
    socketPath: undefined,
    source: 'docker' as const,
    port: Number(/--publish=127\.0\.0\.1:(\d+):/.exec(commandLine)?.[1]),
    version: engine.docker.image,
    path: engine.docker.image,
  };
}
