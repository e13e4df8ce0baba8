import { TablepickError } from '../../errors.js';
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
  if (jwksUrl === undefined && secret === undefined) return refuseWithoutKey(options);
  const { createJwtAuthentication } = await import('../../servers/index.js');
  const { jwtIssuer: issuer, jwtAudience: audience, jwtMemberClaim: memberClaim } = options;
  const { jwtOperatorScope: operatorScope } = options;
  return createJwtAuthentication({ jwksUrl, secret, issuer, audience, memberClaim, operatorScope });
}

/** What tokens must be says nothing while no token is checked. */
function refuseWithoutKey({ jwtIssuer, jwtAudience, jwtMemberClaim, jwtOperatorScope }: ServeOptions): undefined {
  const given = Object.entries({
    '--jwt-issuer': jwtIssuer,
    '--jwt-audience': jwtAudience,
    '--jwt-member-claim': jwtMemberClaim,
    '--jwt-operator-scope': jwtOperatorScope,
  }).find(([, value]) => value !== undefined);
  if (given === undefined) return undefined;
  throw new TablepickError('BAD_OPTION', `${given[0]} needs --jwt-jwks-url or --jwt-secret-file`, {
    hint: 'without one of them no token is checked; TABLEPICK_JWT_SECRET does, too',
  });
}
