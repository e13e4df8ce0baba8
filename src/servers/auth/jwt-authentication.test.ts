import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type JWK, SignJWT, exportJWK, generateKeyPair, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type JwtOptions, createJwtAuthentication } from './jwt-authentication.js';

const SECRET = 'a secret of more than thirty-two bytes';
const encoded = new TextEncoder().encode(SECRET);
const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** Publishes keys as an issuer does. */
async function publish(keys: readonly JWK[]) {
  const state = { keys: [...keys], isBroken: false, more: '', asked: 0 };
  const server = createServer((_, response) => {
    state.asked += 1;
    if (state.isBroken) return void response.writeHead(500).end();
    response
      .writeHead(200, { 'Content-Type': 'application/json' })
      .end(JSON.stringify({ keys: state.keys, more: state.more }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(() => server.close());
  return { state, jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys` };
}

async function keyPair(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'ES256' };
  const sign = (claims: Record<string, unknown>) =>
    new SignJWT({ sub: '7', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setExpirationTime((claims.exp as number | undefined) ?? '1m')
      .sign(privateKey);
  return { jwk, sign };
}

function shared(claims: Record<string, unknown>, alg = 'HS256'): Promise<string> {
  return new SignJWT({ exp: Math.floor(Date.now() / 1000) + 60, ...claims }).setProtectedHeader({ alg }).sign(encoded);
}

/** Asks one check many times. */
async function openCheck(options: JwtOptions) {
  const authenticate = await createJwtAuthentication(options);
  return async (token: string) =>
    authenticate({ method: 'GET', url: '/', headers: { authorization: `Bearer ${token}` }, request: undefined });
}

async function callerOf(options: JwtOptions, authorization: string | undefined) {
  const authenticate = await createJwtAuthentication(options);
  return authenticate({ method: 'GET', url: '/', headers: { authorization }, request: undefined });
}

describe('a check of bearer tokens with a secret', () => {
  const now = Math.floor(Date.now() / 1000);

  it('takes the guest of a token, as a text or a number', async () => {
    expect(await callerOf({ secret: SECRET }, `Bearer ${await shared({ sub: '7' })}`)).toEqual({ memberId: 7 });
    const options = { secret: SECRET, memberClaim: 'member' };
    expect(await callerOf(options, `bearer ${await shared({ member: 8 })}`)).toEqual({ memberId: 8 });
  });

  it('takes an operator only where a scope is named for that', async () => {
    const token = `Bearer ${await shared({ scope: 'read tables:operate' })}`;
    expect(await callerOf({ secret: SECRET, operatorScope: 'tables:operate' }, token)).toEqual({ isOperator: true });
    expect(await callerOf({ secret: SECRET, operatorScope: 'tables' }, token)).toBeUndefined();
    expect(await callerOf({ secret: SECRET }, token)).toBeUndefined();
  });

  it.each(['', ' ', '  ', 'openid ', ' openid', 'openid  read', 'tables:operate:all'])(
    'makes nobody an operator by the scope %j',
    async (scope) => {
      const token = `Bearer ${await shared({ sub: '7', scope })}`;
      expect(await callerOf({ secret: SECRET, operatorScope: 'tables:operate' }, token)).toEqual({ memberId: 7 });
    },
  );

  it.each([
    ['no token', async () => undefined],
    ['another scheme', async () => `Basic ${await shared({ sub: '7' })}`],
    ['a token that is none', async () => 'Bearer a.b.c'],
    [
      'a token without its signature',
      async () => `Bearer ${new UnsecuredJWT({ sub: '7' }).setExpirationTime('1m').encode()}`,
    ],
    ['a token of another secret', async () => `Bearer ${(await shared({ sub: '7' })).slice(0, -4)}AAAA`],
    ['a token whose time is over', async () => `Bearer ${await shared({ sub: '7', exp: now - 60 })}`],
    ['a token whose time has not come', async () => `Bearer ${await shared({ sub: '7', nbf: now + 600 })}`],
    ['a token without an end', async () => `Bearer ${await shared({ sub: '7', exp: undefined })}`],
    ['a token of another audience', async () => `Bearer ${await shared({ sub: '7', iss: 'us', aud: 'others' })}`],
    ['a token of another issuer', async () => `Bearer ${await shared({ sub: '7', iss: 'them', aud: 'tables' })}`],
    ['a guest that is no id', async () => `Bearer ${await shared({ sub: '7 OR 1=1', iss: 'us', aud: 'tables' })}`],
    ['guest 0', async () => `Bearer ${await shared({ sub: 0, iss: 'us', aud: 'tables' })}`],
  ])('refuses %s', async (_, header) => {
    expect(await callerOf({ secret: SECRET, issuer: 'us', audience: 'tables' }, await header())).toBeUndefined();
  });
});

describe('a check of bearer tokens with published keys', () => {
  it('takes tokens of any of them, and of a key that is added later', async () => {
    const [first, second] = [await keyPair('a'), await keyPair('b')];
    const { state, jwksUrl } = await publish([first.jwk]);
    expect(await callerOf({ jwksUrl }, `Bearer ${await first.sign({})}`)).toEqual({ memberId: 7 });
    state.keys.push(second.jwk);
    expect(await callerOf({ jwksUrl }, `Bearer ${await second.sign({})}`)).toEqual({ memberId: 7 });
  });

  it('refuses a token of an unknown key, and one that is signed with the public key as a secret', async () => {
    const [known, other] = [await keyPair('a'), await keyPair('z')];
    const { jwksUrl } = await publish([known.jwk]);
    expect(await callerOf({ jwksUrl }, `Bearer ${await other.sign({})}`)).toBeUndefined();
    const confused = await new SignJWT({ sub: '7' })
      .setProtectedHeader({ alg: 'HS256', kid: 'a' })
      .setExpirationTime('1m')
      .sign(new TextEncoder().encode(JSON.stringify(known.jwk)));
    expect(await callerOf({ jwksUrl }, `Bearer ${confused}`)).toBeUndefined();
  });

  it('does not say that a token is wrong while the keys cannot be had', async () => {
    const key = await keyPair('a');
    const { state, jwksUrl } = await publish([key.jwk]);
    state.isBroken = true;
    await expect(callerOf({ jwksUrl }, `Bearer ${await key.sign({})}`)).rejects.toThrow();
  });
});

describe('an issuer that fails', () => {
  const MINUTE_MS = 60_000;
  const later = (ms: number) => void vi.advanceTimersByTime(ms);
  const long = { exp: Math.floor(Date.now() / 1000) + 86_400 };

  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'Date'] }));
  afterEach(() => void vi.useRealTimers());

  it('is asked once in 5 seconds, however many tokens name keys that nobody knows', async () => {
    const key = await keyPair('a');
    const { state, jwksUrl } = await publish([key.jwk]);
    state.isBroken = true;
    const check = await openCheck({ jwksUrl });
    const token = await key.sign(long);
    for (let each = 0; each < 50; each++) await expect(check(token)).rejects.toThrow('could not be had');
    expect(state.asked).toBe(1);
    state.isBroken = false;
    later(5001);
    expect(await check(token)).toEqual({ memberId: 7 });
    expect(state.asked).toBe(2);
  });

  it('does not shut out tokens of known keys for an hour', async () => {
    const [known, other] = [await keyPair('a'), await keyPair('z')];
    const { state, jwksUrl } = await publish([known.jwk]);
    const check = await openCheck({ jwksUrl });
    const [token, unknown] = [await known.sign(long), await other.sign(long)];
    expect(await check(token)).toEqual({ memberId: 7 });
    state.isBroken = true;
    later(MINUTE_MS);
    for (let each = 0; each < 20; each++) await expect(check(unknown)).rejects.toThrow('could not be had');
    expect(await check(token)).toEqual({ memberId: 7 });
    expect(state.asked).toBe(2);
    later(30 * MINUTE_MS);
    expect(await check(token)).toEqual({ memberId: 7 });
    later(30 * MINUTE_MS);
    await expect(check(token)).rejects.toThrow('could not be had');
    expect(state.asked).toBe(4);
    state.isBroken = false;
    later(5001);
    expect(await check(token)).toEqual({ memberId: 7 });
    expect(await check(unknown)).toBeUndefined();
  });

  it('does not keep a key that it took back', async () => {
    const key = await keyPair('a');
    const { state, jwksUrl } = await publish([key.jwk]);
    const check = await openCheck({ jwksUrl });
    const token = await key.sign(long);
    expect(await check(token)).toEqual({ memberId: 7 });
    state.keys = [];
    later(11 * MINUTE_MS);
    expect(await check(token)).toBeUndefined();
  });

  it('is not read to its end when its answer is too long', async () => {
    const key = await keyPair('a');
    const { state, jwksUrl } = await publish([key.jwk]);
    state.more = 'x'.repeat(2 ** 20);
    const check = await openCheck({ jwksUrl });
    await expect(check(await key.sign(long))).rejects.toMatchObject({
      cause: { message: expect.stringContaining('longer than 1048576 bytes') },
    });
  });
});

describe('options of a check of bearer tokens', () => {
  it.each([
    [{}],
    [{ secret: SECRET, jwksUrl: 'https://id.example/keys' }],
    [{ secret: 'short' }],
    [{ jwksUrl: 'http://id.example/keys' }],
    [{ jwksUrl: 'keys' }],
    [{ jwksUrl: 'file:///etc/keys' }],
    [{ jwksUrl: '' }],
    [{ secret: '' }],
    [{ secret: SECRET, jwksUrl: '' }],
    [{ secret: SECRET, issuer: '' }],
    [{ secret: SECRET, audience: '' }],
    [{ secret: SECRET, memberClaim: '' }],
    [{ secret: SECRET, operatorScope: '' }],
    [{ secret: SECRET, operatorScope: ' ' }],
    [{ secret: SECRET, operatorScope: 'a b' }],
    [{ secret: SECRET, operatorScope: 'tables:operate ' }],
    [{ secret: SECRET, operatorScope: 'a\tb' }],
  ])('are checked: %j', async (options) => {
    await expect(createJwtAuthentication(options)).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });
});
