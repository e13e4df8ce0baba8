import { isIP } from 'node:net';

import type { FastifyRequest } from 'fastify';

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
  return async ({ headers, raw }: FastifyRequest): Promise<void> => {
    if (!raw.url?.startsWith('/') && raw.url !== '*') throw ambiguous('the target of the request is no path');
    if (countOf('host', raw.rawHeaders) > 1) throw ambiguous('the request has several Host headers');
    const name = nameOf(headers.host ?? '');
    if (isHostChecked && !(names.has(name) || isLoopback(name))) {
      throw new HttpRefusal('wrong-host', 421, { message: 'this server does not answer for the Host of the request' });
    }
    const { origin } = headers;
    if (origin === undefined || corsOrigins.includes(origin) || isSame(origin, headers.host)) return;
    throw new HttpRefusal('foreign-origin', 403, {
      message: 'this server takes no requests from pages of that Origin',
    });
  };
}

function countOf(name: string, rawHeaders: readonly string[]): number {
  return rawHeaders.filter((each, at) => at % 2 === 0 && each.toLowerCase() === name).length;
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

function isSame(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
}
