import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';

import { TablepickError } from '../../errors.js';
import { isLoopback } from '../http/request-guard.js';
import type { Authenticate, Caller, CallerRequest } from './caller.js';
import { openPublishedKeys } from './published-keys.js';

/** Settings of {@link createJwtAuthentication}. Either `jwksUrl` or `secret` is needed. */
export interface JwtOptions {
  /** Where the issuer publishes its keys, an https URL; plain http only on this machine. */
  jwksUrl?: string | undefined;
  /** A secret shared with the issuer, at least 32 bytes, for HS256, HS384 and HS512. */
  secret?: string | undefined;
  /** The `iss` that tokens must have. Default: any. */
  issuer?: string | undefined;
  /** One of the `aud` that tokens must have. Default: any. */
  audience?: string | undefined;
  /** The claim with the guest's id, a whole number or its text. Default `sub`. */
  memberClaim?: string | undefined;
  /** The word in the claim `scope` that makes a caller an operator. Default: nobody is. */
  operatorScope?: string | undefined;
}

const SHARED = ['HS256', 'HS384', 'HS512'];
const PUBLISHED = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

/** Clocks of issuer and server may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 5;
const SHORTEST_SECRET_BYTES = 32;

/** @source RFC 6749, 3.3. */
const SCOPE_WORD = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/**
 * A check of bearer tokens that are JWTs. A token needs an end (`exp`). Keys of `jwksUrl` are asked for at the first
 * token and when one names an unknown key, but not for 5 s after a failure. While the issuer is away, known keys stay
 * in use for an hour. The package jose is loaded now.
 *
 * @throws `BAD_OPTION` when neither or both of `jwksUrl` and `secret` are given, or an option is empty or wrong.
 * @source RFC 6750, RFC 7519, RFC 8725.
 * @example
 * const authenticate = await createJwtAuthentication({ jwksUrl: 'https://id.example/keys', audience: 'tables' });
 * const server = await startReservationServer({ database, reservations, host: '0.0.0.0', authenticate });
 */
export async function createJwtAuthentication(options: JwtOptions): Promise<Authenticate> {
  const { issuer, audience } = options;
  checkOptions(options);
  const { jwtVerify } = await import('jose');
  const key = await keyOf(options);
  const wanted: JWTVerifyOptions = {
    algorithms: options.secret === undefined ? PUBLISHED : SHARED,
    requiredClaims: ['exp'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  };
  return async (request) => {
    const token = bearerTokenOf(request);
    if (token === undefined) return undefined;
    try {
      const { payload } = await jwtVerify(token, key, wanted);
      return callerOf(payload, options);
    } catch (error) {
      if (isWrongToken(error)) return undefined;
      throw error;
    }
  };
}

function checkOptions(options: JwtOptions): void {
  const { jwksUrl, secret, issuer, audience, memberClaim, operatorScope } = options;
  const empty = Object.entries({ jwksUrl, secret, issuer, audience, memberClaim }).find(([, value]) => value === '');
  if (empty !== undefined) throw bad(`the option ${empty[0]} of tokens is empty`, 'name it, or leave it out');
  if (operatorScope !== undefined && !SCOPE_WORD.test(operatorScope)) {
    throw bad(`the scope of operators is not one word: '${operatorScope}'`, 'name one of the words in the claim scope');
  }
  if ((jwksUrl === undefined) === (secret === undefined)) {
    throw bad('tokens are checked by the keys of a JWKS URL or by a secret', 'give one of the two');
  }
  if (secret !== undefined && Buffer.byteLength(secret) < SHORTEST_SECRET_BYTES) {
    throw bad(`the secret of tokens has fewer than ${SHORTEST_SECRET_BYTES} bytes`, 'make one: openssl rand -hex 32');
  }
  if (jwksUrl !== undefined && !isSafeUrl(jwksUrl)) {
    throw bad('the JWKS URL is no https URL', 'whoever changes keys on their way can be anybody');
  }
}

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

async function keyOf({ jwksUrl, secret }: JwtOptions): Promise<JWTVerifyGetKey> {
  if (jwksUrl !== undefined) return openPublishedKeys(new URL(jwksUrl));
  const key = new TextEncoder().encode(secret);
  return async () => key;
}

/** @source RFC 6750, 2.1. */
function bearerTokenOf({ headers: { authorization } }: CallerRequest): string | undefined {
  return typeof authorization === 'string' ? /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1] : undefined;
}

/** Undefined when the token names neither a guest nor an operator. */
function callerOf(payload: JWTPayload, { memberClaim = 'sub', operatorScope }: JwtOptions): Caller | undefined {
  const scopes = typeof payload.scope === 'string' ? payload.scope.split(' ') : [];
  if (operatorScope !== undefined && scopes.includes(operatorScope)) return { isOperator: true };
  const claim = payload[memberClaim];
  const memberId = typeof claim === 'string' && /^[1-9]\d{0,15}$/.test(claim) ? Number(claim) : claim;
  return Number.isSafeInteger(memberId) && (memberId as number) > 0 ? { memberId: memberId as number } : undefined;
}

/** Where the keys could not be had, the error has no code of jose. */
function isWrongToken(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^ERR_(JO|JW)/.test(code);
}

function bad(message: string, hint: string): TablepickError {
  return new TablepickError('BAD_OPTION', message, { hint });
}
