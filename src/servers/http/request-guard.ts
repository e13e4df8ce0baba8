import { isIP } from 'node:net';

import type { FastifyReply, FastifyRequest } from 'fastify';

import { HttpRefusal } from '../problems/http-refusal.js';

/** Which requests a server takes by their `Host` and `Origin`. */
export interface GuardOptions {
  /** The address where it listens. */
  host: string;
  /** Names by which clients may reach it, without a port. Default on loopback: localhost and addresses of loopback. */
  allowedHosts?: readonly string[] | undefined;
  /** Origins of browsers, e.g. `https://shop.example`. Default: none. */
  corsOrigins?: readonly string[] | undefined;
}

/**
 * A hook that keeps browsers out. A page of any site can make its visitor's browser send requests to this machine. Such
 * a request has the site's `Origin`, or, after DNS rebinding, the site's name as `Host`.
 *
 * @throws `HttpRefusal` of 421 or 403, from the hook.
 */
export function createRequestGuard({ host, allowedHosts, corsOrigins = [] }: GuardOptions) {
  const isHostChecked = allowedHosts !== undefined || isLoopback(host);
  const names = new Set(allowedHosts?.map((name) => name.toLowerCase()));
  const isOwn = (host: string): boolean => names.has(nameOf(host)) || isLoopback(nameOf(host));
  const refusalOf = ({ headers: { host = '', origin }, raw }: FastifyRequest): HttpRefusal | undefined => {
    if (!raw.url?.startsWith('/') && raw.url !== '*') return ambiguous('the target of the request is no path');
    if (countOf('host', raw.rawHeaders) > 1) return ambiguous('the request has several Host headers');
    if (isHostChecked && !isOwn(host)) {
      return new HttpRefusal('wrong-host', 421, { message: 'this server does not answer for the Host of the request' });
    }
    if (origin === undefined || corsOrigins.includes(origin) || isSame(origin, host)) return undefined;
    return new HttpRefusal('foreign-origin', 403, {
      message: 'this server takes no requests from pages of that Origin',
    });
  };
  return (request: FastifyRequest, _: FastifyReply, done: (error?: Error) => void): void => done(refusalOf(request));
}

function countOf(name: string, rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const each = rawHeaders[at]!;
    if (each.length === name.length && each.toLowerCase() === name) count += 1;
  }
  return count;
}

/** @source RFC 9112, 3.2. */
function ambiguous(message: string): HttpRefusal {
  return new HttpRefusal('wrong-target', 400, { message });
}

/** True for `localhost` and addresses that reach this machine alone. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  if (address === 'localhost' || address === '::1') return true;
  return isIP(address) === 4 && address.startsWith('127.');
}

/** The host without its port, in lower case. */
function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '');
}

function isSame(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
