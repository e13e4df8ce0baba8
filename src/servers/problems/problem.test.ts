import { describe, expect, it } from 'vitest';

import { TablepickError } from '../../errors.js';
import { HttpRefusal } from './http-refusal.js';
import { problemOf } from './problem.js';

describe('an error as a problem', () => {
  it('tells the message and the hint of an error about the request', () => {
    const error = new TablepickError('UNKNOWN_SLOT', 'no such slot', { hint: 'name another', cause: new Error('x') });
    expect(problemOf(error, 'id-1')).toEqual({
      problem: {
        type: 'urn:tablepick:problem:unknown-slot',
        title: 'unknown slot',
        status: 404,
        kind: 'unknown-slot',
        detail: 'no such slot',
        hint: 'name another',
        id: 'id-1',
      },
      headers: {},
    });
  });

  it('tells an error of the environment by its kind alone', () => {
    const error = new TablepickError('SERVER_UNREACHABLE', 'db.internal:3306 refused root', {
      hint: 'start db.internal',
    });
    const { problem, headers } = problemOf(error, 'id-2');
    expect(problem).toMatchObject({ status: 503, kind: 'server-unreachable', id: 'id-2' });
    expect(JSON.stringify(problem)).not.toMatch(/db\.internal|root/);
    expect(headers).toEqual({ 'Retry-After': '1' });
  });

  it('tells when to ask again after a refusal in time', () => {
    const details = { retriable: true, retryAfterSeconds: 17, hint: 'ask again' };
    const { problem, headers } = problemOf(new TablepickError('BACKLOG_TOO_LONG', '9 wait', details), 'id-5');
    expect(problem).toMatchObject({ status: 503, kind: 'backlog-too-long', detail: '9 wait', hint: 'ask again' });
    expect(headers).toEqual({ 'Retry-After': '17' });
  });

  it('has the status and the headers of a refusal', () => {
    const refusal = new HttpRefusal('gone', 410, { message: 'it is gone', headers: { A: 'b' } });
    const { problem, headers } = problemOf(refusal, 'id-3');
    expect(problem).toMatchObject({ status: 410, kind: 'gone', title: 'gone', detail: 'it is gone' });
    expect(headers).toEqual({ A: 'b' });
  });

  it('tells nothing of a defect, whatever was thrown', () => {
    for (const thrown of [new Error('password is 1234'), 'password is 1234', undefined, null]) {
      const { problem } = problemOf(thrown, 'id-4');
      expect(problem).toMatchObject({ status: 500, kind: 'internal' });
      expect(JSON.stringify(problem)).not.toContain('1234');
    }
  });
});
