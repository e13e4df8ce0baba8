import type { IncomingMessage, ServerResponse } from 'node:http';

import { HttpRefusal } from './error-status.js';
import { readBody } from './read-body.js';

/** A request as handlers see it. */
export interface HttpRequest {
  method: string;
  path: string;
  /** The named parts of the path. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** A header's value by its name; upper and lower case are equal. */
  header: (name: string) => string | undefined;
  /** The body, as it was sent. */
  text: string;
  /**
   * The body as JSON.
   *
   * @throws `BAD_REQUEST` when it is not JSON.
   */
  json: () => unknown;
  /** Aborts when the client hangs up before the answer. */
  signal: AbortSignal;
}

/** Node's request, the parts of its path, and the limit of its body. */
export interface RawRequest {
  request: IncomingMessage;
  response: ServerResponse;
  params: Readonly<Record<string, string>>;
  maxBodyBytes: number;
}

/**
 * Reads a request to its end.
 *
 * @throws `MESSAGE_TOO_LARGE` when its body is longer than `maxBodyBytes`.
 */
export async function readRequest({ request, response, params, maxBodyBytes }: RawRequest): Promise<HttpRequest> {
  const signal = hangUpSignal(response);
  const text = await readBody(request, maxBodyBytes);
  const { path, query } = splitUrl(request.url);
  return {
    method: request.method ?? '',
    path,
    params,
    query: new URLSearchParams(query),
    header: (name) => valueOf(request.headers[name.toLowerCase()]),
    text,
    json: () => parseBody(text),
    signal,
  };
}

/** The path of a request's URL, and the part behind its question mark. */
export function splitUrl(url = ''): { path: string; query: string } {
  const at = url.indexOf('?');
  return at === -1 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at + 1) };
}

function hangUpSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new Error('the client hung up'));
  });
  return controller.signal;
}

function valueOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new HttpRefusal(400, 'the body of the request is no JSON', 'send JSON, with Content-Type: application/json');
  }
}
