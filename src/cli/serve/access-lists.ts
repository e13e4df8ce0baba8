import { isIP } from 'node:net';

import { TablepickError } from '../../errors.js';

/** A text with commas as its parts. */
function parseList(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

/**
 * Reads names of hosts as browsers send them: in lower case, without a port.
 *
 * @throws `BAD_OPTION` when one is no name of a host, e.g. `*`.
 */
export function parseHosts(text: string): string[] {
  return parseList(text).map(readHost);
}

/**
 * Reads origins, which are `https://shop.example` or the like, as browsers send them.
 *
 * @throws `BAD_OPTION` when one is no origin, e.g. `*`, or has a path. It names `option`.
 */
export function parseOrigins(text: string, option: string): string[] {
  return parseList(text).map((origin) => readOrigin(origin, option));
}

function readHost(name: string): string {
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  const url = isIP(bare) === 6 ? `http://[${bare}]` : `http://${name}`;
  const isName = isIP(bare) === 6 || /^[^*/\\?#@:\s]+$/.test(name);
  if (isName && URL.canParse(url)) return new URL(url).hostname;
  throw new TablepickError('BAD_OPTION', `'${name}' in --allowed-hosts is no name of a host`, {
    hint: 'name each host without a scheme, port or *, e.g. tables.example,192.0.2.7; leave it out to allow any',
  });
}

function readOrigin(text: string, option: string): string {
  const url = /^https?:/i.test(text) && !text.includes('*') && URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && url.href === `${url.origin}/`) return url.origin;
  throw new TablepickError('BAD_OPTION', `'${text}' in ${option} is no origin`, {
    hint: 'name each origin with its scheme and without a path or *, e.g. https://shop.example',
  });
}
