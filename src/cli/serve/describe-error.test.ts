import { expect, it } from 'vitest';

import { TablepickError } from '../../errors.js';
import { HttpRefusal } from '../../servers/problems/http-refusal.js';
import { describeError, describeHttpError } from './describe-error.js';

it('tells all causes of an error in one line, and none twice', () => {
  const refused = new AggregateError([new Error('connect ECONNREFUSED 127.0.0.1:1')]);
  const error = new HttpRefusal('authentication-unavailable', 503, { message: 'it could not be checked' });
  error.cause = new TypeError('fetch failed', { cause: refused });
  expect(describeError(error)).toBe(
    'HttpRefusal: it could not be checked: fetch failed: connect ECONNREFUSED 127.0.0.1:1',
  );
  const lost = new TablepickError('QUERY_FAILED', 'reading slots: no\nanswer', { cause: new Error('no\nanswer') });
  expect(describeError(lost)).toBe('TablepickError: reading slots: no answer');
});

it('tells where a defect arose, in the same line', () => {
  const told = describeError(new TypeError('x is undefined'));
  expect(told).toMatch(/^TypeError: x is undefined \(at .*describe-error\.test\.ts:\d+:\d+.*\)$/);
  expect(describeError('a text')).toBe('a text');
});

it('ends with causes that cause each other', () => {
  const error = new Error('first');
  error.cause = new Error('second', { cause: error });
  expect(describeError(error)).toMatch(/^Error: first: second \(at /);
});

it('names the request by the id that its client was told', () => {
  const request = { id: 'a1', method: 'GET', path: '/metrics' };
  const error = new TablepickError('QUERY_FAILED', 'no');
  expect(describeHttpError('metrics', error, request)).toBe('metrics: request a1, GET /metrics: TablepickError: no');
  expect(describeHttpError('gateway', error)).toBe('gateway: TablepickError: no');
});
