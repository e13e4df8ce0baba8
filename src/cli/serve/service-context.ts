import type { CommandContext } from '../command.js';
import type { Closing } from '../../closing.js';
import type { Access } from './access-settings.js';
import type { ServeOptions } from './serve-options.js';

/** The things that the services of one process share. */
export interface ServiceContext {
  context: CommandContext;
  options: ServeOptions;
  closing: Closing;
  /** Who is let in over HTTP. */
  access: Access;
  /** The secret between payment service and provider. */
  secret: string | undefined;
}

/** A running service, for the line that reports it. */
export interface RunningService {
  service: string;
  url?: string | undefined;
  about: string;
}
