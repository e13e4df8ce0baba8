import type { Authenticate, ReservationServerOptions } from '../../servers/index.js';
import type { CommandContext } from '../command.js';
import { readSecretFile } from '../secrets/read-secret-file.js';
import type { ServeOptions } from './serve-options.js';

/** Who is let in over HTTP, and where. */
export type Access = Pick<
  ReservationServerOptions,
  'host' | 'authenticate' | 'insecure' | 'allowedHosts' | 'corsOrigins'
>;

/**
 * Reads who is let in from the options.
 *
 * @throws `BAD_OPTION` when a secret cannot be read, or the check of tokens is named wrongly.
 */
export async function readAccess(context: CommandContext, options: ServeOptions): Promise<Access> {
  const { host, insecure, allowedHosts, corsOrigins } = options;
  return { host, insecure, allowedHosts, corsOrigins, authenticate: await readAuthentication(context, options) };
}

async function readAuthentication(
  { stop: { signal } }: CommandContext,
  options: ServeOptions,
): Promise<Authenticate | undefined> {
  const { jwtJwksUrl: jwksUrl, jwtSecretFile: path } = options;
  const named = path === undefined ? undefined : await readSecretFile({ option: '--jwt-secret-file', path, signal });
  const secret = named ?? (jwksUrl === undefined ? process.env.TABLEPICK_JWT_SECRET : undefined);
  if (jwksUrl === undefined && secret === undefined) return undefined;
  const { createJwtAuthentication } = await import('../../servers/index.js');
  const { jwtIssuer: issuer, jwtAudience: audience, jwtMemberClaim: memberClaim } = options;
  const { jwtOperatorScope: operatorScope } = options;
  return createJwtAuthentication({ jwksUrl, secret, issuer, audience, memberClaim, operatorScope });
}
