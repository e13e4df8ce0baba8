import { dockerCommand, dockerMark } from '../programs/docker-server.js';
import type { Engine, ServerAddress, ServerPlace, ServerProgram, ServerSize } from '../engines/engine.js';

/** The command of a server, and the facts to recognise it. */
export interface LaunchPlan {
  command: string[];
  /** The argument that identifies this server among all processes. */
  mark: string;
  /** The address of its greeting when it is ready. */
  address: ServerAddress;
}

/** Settings of {@link planLaunch}. */
export interface LaunchInput {
  engine: Engine;
  program: ServerProgram;
  place: ServerPlace;
  size: ServerSize;
  serverOptions: readonly string[];
}

/** The command that runs the server at `place`. The caller's options come last, so they win. */
export function planLaunch(input: LaunchInput): LaunchPlan {
  return input.program.source === 'docker' ? planDocker(input) : planNative(input);
}

function planNative({ engine, program, place, size, serverOptions }: LaunchInput): LaunchPlan {
  return {
    command: [
      ...program.command,
      ...engine.placeOptions(program, place),
      ...engine.settingOptions(size),
      ...serverOptions,
    ],
    mark: engine.dataDirOption(place.dataDir),
    // The socket is in our own folder, so the server behind it is ours. A port does not prove that.
    address: engine.withoutSocket ? portAddress(place) : { path: place.socketPath },
  };
}

function planDocker({ engine, program, place, size, serverOptions }: LaunchInput): LaunchPlan {
  return {
    command: [...dockerCommand(engine, program, place), ...engine.settingOptions(size), ...serverOptions],
    mark: dockerMark(engine, place.dataDir),
    address: portAddress(place),
  };
}

function portAddress({ port }: ServerPlace): ServerAddress {
  return { host: '127.0.0.1', port };
}
