import type { IncomingHttpHeaders } from 'node:http';

import type { FastifyInstance } from 'fastify';

import { readBodyText } from './body-text.js';
import { HttpRefusal } from '../problems/http-refusal.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it was sent, for signatures. */
    bodyText: string;
  }
}

/**
 * Lets an app take JSON by its content type alone. A browser sends other content types to any address without asking
 * first.
 */
export function takeJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.decorateRequest('bodyText', '');
  // A member of the name `__proto__` is one like others: the schema of the route judges it.
  const parse = app.getDefaultJsonParser('ignore', 'ignore');
  app.addContentTypeParser('application/json', (request, body, done) => {
    if (isEncoded(request.headers)) return done(encodedBody());
    readBodyText(body, request.routeOptions.bodyLimit, (error, text = '') => {
      if (error !== null) return done(error);
      request.bodyText = text;
      // No body is a missing one, which the schema of the route judges.
      if (text === '') return done(null, undefined);
      void parse(request, text, done);
    });
  });
}

function isEncoded(headers: IncomingHttpHeaders): boolean {
  const transferCoding = headers['transfer-encoding'] ?? 'chunked';
  return headers['content-encoding'] !== undefined || transferCoding.toLowerCase() !== 'chunked';
}

function encodedBody(): HttpRefusal {
  return new HttpRefusal('wrong-content-encoding', 415, {
    message: 'a body is sent as it is, without Content-Encoding, whole or chunked',
  });
}
