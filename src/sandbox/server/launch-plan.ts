import { dockerCommand, dockerMark } from '../programs/docker-server.js';
import type { Engine, ServerAddress, ServerPlace, ServerProgram, ServerSize } from '../engines/engine.js';

/** How one server is run and recognised. */
export interface LaunchPlan {
  command: string[];
  /** The argument of the command that tells this server from every other process. */
  mark: string;
  /** Where it greets when it is ready. */
  address: ServerAddress;
}

/** What a launch is planned from. */
export interface LaunchInput {
  engine: Engine;
  program: ServerProgram;
  place: ServerPlace;
  size: ServerSize;
  serverOptions: readonly string[];
}

/** The command that runs the server at that place; the caller's own options come last, so they win. */
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
    // The socket lies in our own folder: whoever greets there is ours, which a port alone does not prove.
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
