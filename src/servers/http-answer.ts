import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { isTablepickError } from '../errors.js';
import { statusOfError } from './error-status.js';

/** One JSON value as an answer, with a status and, where needed, headers beside those of its body. */
export interface JsonAnswer {
  kind: 'json';
  status: number;
  body: unknown;
  headers?: Readonly<Record<string, string>> | undefined;
}

/** The answer of a handler. */
export type HttpAnswer =
  | JsonAnswer
  | { kind: 'text'; status: number; text: string; contentType: string }
  /** One JSON value a line (NDJSON), written as fast as the client reads. */
  | { kind: 'lines'; lines: Iterable<unknown> | AsyncIterable<unknown> }
  /** No answer: the connection is cut. */
  | { kind: 'hang-up' };

/** An answer of JSON; 200 unless said otherwise. */
export function json(body: unknown, status = 200): JsonAnswer {
  return { kind: 'json', status, body };
}

/** An answer about an error: `{ error: { code, message, hint } }`. About a defect, it only says that there is one. */
export function errorAnswer(error: unknown): JsonAnswer {
  const status = statusOfError(error);
  if (!isTablepickError(error)) return json({ error: { code: 'INTERNAL', message: 'the server failed' } }, status);
  const { code, message, hint } = error;
  return json({ error: { code, message, hint } }, status);
}

/** The status of an answer; undefined when the connection is cut instead. */
export function statusOfAnswer(answer: HttpAnswer): number | undefined {
  if (answer.kind === 'hang-up') return undefined;
  return answer.kind === 'lines' ? 200 : answer.status;
}

/**
 * Writes an answer out.
 *
 * @throws What the lines of an answer throw, or an error when JSON cannot hold the body. The answer is not whole then.
 */
export async function writeAnswer(response: ServerResponse, answer: HttpAnswer): Promise<void> {
  switch (answer.kind) {
    case 'json':
      return end(response, { ...answer, contentType: 'application/json', text: JSON.stringify(answer.body) });
    case 'text':
      return end(response, answer);
    case 'lines':
      response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
      return pipeline(Readable.from(toLines(answer.lines)), response);
    case 'hang-up':
      response.destroy();
  }
}

interface Written {
  status: number;
  text: string;
  contentType: string;
  headers?: Readonly<Record<string, string>> | undefined;
}

function end(response: ServerResponse, { status, text, contentType, headers }: Written): void {
  const length = String(Buffer.byteLength(text));
  response.writeHead(status, { ...headers, 'Content-Type': contentType, 'Content-Length': length }).end(text);
}

async function* toLines(values: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const value of values) yield `${JSON.stringify(value)}\n`;
}
