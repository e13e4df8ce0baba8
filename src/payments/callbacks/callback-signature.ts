import { createHmac, timingSafeEqual } from 'node:crypto';

import { TablepickError } from '../../errors.js';

/** Name of the header that carries a callback's signature. */
export const SIGNATURE_HEADER = 'Tablepick-Signature';

/** A secret shared with the provider, 1 or more characters; several while it is being changed. */
export type CallbackSecret = string | readonly string[];

/**
 * Settings of {@link checkCallback}: the secret, the time of arrival, and how far the callback's own time may differ.
 */
export interface CallbackCheck {
  secret: CallbackSecret;
  now: Date;
  /** Default 300. */
  toleranceSeconds?: number | undefined;
}

const LONGEST_HEADER = 1000;

/**
 * The header value that signs `body`: `t=<unix seconds>,v1=<hex HMAC-SHA-256 of "t.body">`, with one `v1` a secret.
 *
 * @throws `BAD_OPTION` when there is no secret or an empty one.
 */
export function signCallback(body: string | Uint8Array, secret: CallbackSecret, now: Date): string {
  const seconds = String(Math.floor(now.getTime() / 1000));
  return [`t=${seconds}`, ...digests(body, secret, seconds).map((digest) => `v1=${digest.toString('hex')}`)].join(',');
}

/**
 * Returns when `header` signs exactly these bytes with one of the secrets, at a time near `now`. Within that time, a
 * callback may be sent again, so handling it twice must do no harm.
 *
 * @throws `BAD_SIGNATURE` otherwise; `BAD_OPTION` when there is no secret or an empty one.
 */
export function checkCallback(
  header: string | undefined,
  body: string | Uint8Array,
  { secret, now, toleranceSeconds = 300 }: CallbackCheck,
): void {
  const { seconds, signatures } = readHeader(header);
  const expected = digests(body, secret, seconds);
  const matches = expected.flatMap((digest) => signatures.map((signature) => timingSafeEqual(digest, signature)));
  if (!matches.includes(true)) {
    throw bad('the signature of the callback does not fit its body', 'see that both sides have the same secret');
  }
  const apartSeconds = Math.abs(now.getTime() / 1000 - Number(seconds));
  if (apartSeconds <= toleranceSeconds) return;
  const message = `the callback was signed ${Math.round(apartSeconds)} s from now, more than ${toleranceSeconds} s`;
  throw bad(message, "compare both machines' clocks; a provider signs each delivery anew");
}

function digests(body: string | Uint8Array, secret: CallbackSecret, seconds: string): Buffer[] {
  const secrets = typeof secret === 'string' ? [secret] : secret;
  if (secrets.length === 0 || secrets.includes('')) {
    throw new TablepickError('BAD_OPTION', "the callbacks' secret is empty", { hint: 'name at least one secret' });
  }
  return secrets.map((key) => createHmac('sha256', key).update(`${seconds}.`).update(body).digest());
}

/** Ignores unknown fields, which later versions of the scheme may use. */
function readHeader(header: string | undefined): { seconds: string; signatures: Buffer[] } {
  if (header === undefined) throw bad(`the callback has no ${SIGNATURE_HEADER} header`, 'see who sent it');
  const fields = header.length > LONGEST_HEADER ? [] : header.split(',').map((field) => field.trim().split('='));
  const named = (name: string) => fields.filter(([key]) => key === name).map(([, ...value]) => value.join('='));
  const times = named('t');
  const signatures = named('v1');
  const isWell =
    times.length === 1 &&
    /^\d{1,12}$/.test(times[0]!) &&
    signatures.length > 0 &&
    signatures.every((signature) => /^[0-9a-f]{64}$/.test(signature));
  if (!isWell) throw bad('the signature of the callback is malformed', 'it reads t=<unix seconds>,v1=<64 hex digits>');
  return { seconds: times[0]!, signatures: signatures.map((signature) => Buffer.from(signature, 'hex')) };
}

function bad(message: string, hint: string): TablepickError {
  return new TablepickError('BAD_SIGNATURE', message, { hint });
}
