import { describe, expect, it } from 'vitest';

import { checkCallback, signCallback } from './callback-signature.js';

const BODY = '{"reservationId":7,"reason":"카드"}';
const NOW = new Date('2026-05-01T12:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string });

function later(seconds: number): Date {
  return new Date(NOW.getTime() + seconds * 1000);
}

describe('the signature of a callback', () => {
  const header = signCallback(BODY, 'key', NOW);
  const digest = header.slice(header.indexOf('v1='));
  const check =
    (changes: { header?: string | undefined; body?: string | Uint8Array; secret?: string | string[]; now?: Date }) =>
    () =>
      checkCallback('header' in changes ? changes.header : header, changes.body ?? BODY, {
        secret: changes.secret ?? 'key',
        now: changes.now ?? NOW,
      });

  it('is the HMAC-SHA-256 of the time, a dot and the body', () => {
    expect(signCallback('{}', 'key', NOW)).toBe(
      't=1777636800,v1=f9279e3c74321cb4ddcb44633da1fa461670a16f6394bec2596e67aea9fb9ec2',
    );
  });

  it('fits the same bytes, as text or as bytes, within five minutes either way', () => {
    expect(check({})).not.toThrow();
    expect(check({ body: Buffer.from(BODY) })).not.toThrow();
    expect(check({ now: later(300) })).not.toThrow();
    expect(check({ now: later(-300) })).not.toThrow();
  });

  it.each([
    ['no header', { header: undefined }, /no Tablepick-Signature header/],
    ['another secret', { secret: 'other' }, /does not fit/],
    ['a changed body', { body: BODY.replace('7', '8') }, /does not fit/],
    ['a body with a space more', { body: `${BODY} ` }, /does not fit/],
    ['a changed time', { header: `t=${SECONDS + 1},${digest}` }, /does not fit/],
    ['an old one', { now: later(302) }, /302 s from now/],
    ['one from the future', { now: later(-302) }, /302 s from now/],
    ['an empty header', { header: '' }, /malformed/],
    ['no time', { header: digest }, /malformed/],
    ['two times', { header: `t=${SECONDS},${header}` }, /malformed/],
    ['a time that is no number', { header: `t=1e9,${digest}` }, /malformed/],
    ['no signature', { header: `t=${SECONDS}` }, /malformed/],
    ['a short signature', { header: `t=${SECONDS},v1=00` }, /malformed/],
    ['a signature in capitals', { header: `t=${SECONDS},${digest.toUpperCase()}` }, /malformed/],
    ['another version alone', { header: `t=${SECONDS},${digest.replace('v1', 'v0')}` }, /malformed/],
    ['a header without end', { header: `${header},${'v1=0,'.repeat(1000)}` }, /malformed/],
  ])('refuses %s', (_what, changes, message) => {
    expect(check(changes)).toThrow(refusal('BAD_SIGNATURE', message));
  });

  it('outlives a change of the secret, on either side', () => {
    expect(check({ secret: ['new', 'key'] })).not.toThrow();
    expect(check({ header: signCallback(BODY, ['new', 'key'], NOW) })).not.toThrow();
    expect(check({ header: signCallback(BODY, ['new', 'newer'], NOW) })).toThrow(
      refusal('BAD_SIGNATURE', /does not fit/),
    );
  });

  it('ignores fields of later versions', () => {
    expect(check({ header: `${header},v2=abc` })).not.toThrow();
  });

  it.each([[''], [[]], [['key', '']]])('is never made or checked with the secret %j', (secret) => {
    expect(() => signCallback(BODY, secret, NOW)).toThrow(refusal('BAD_OPTION', /secret is empty/));
    expect(check({ secret })).toThrow(refusal('BAD_OPTION', /secret is empty/));
  });
});
