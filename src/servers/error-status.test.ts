import { describe, expect, it } from 'vitest';

import { TablepickError } from '../errors.js';
import { HttpRefusal } from './error-status.js';
import { errorAnswer } from './http-answer.js';

describe('an error as an answer', () => {
  it('tells code, message and hint with the status of the code', () => {
    const error = new TablepickError('UNKNOWN_SLOT', 'no such slot', {
      hint: 'name another',
      cause: new Error('secret'),
    });
    expect(errorAnswer(error)).toEqual({
      kind: 'json',
      status: 404,
      body: { error: { code: 'UNKNOWN_SLOT', message: 'no such slot', hint: 'name another' } },
    });
  });

  it('has the status that a refusal names', () => {
    expect(errorAnswer(new HttpRefusal(405, 'not so'))).toMatchObject({
      status: 405,
      body: { error: { code: 'BAD_REQUEST' } },
    });
  });

  it('tells nothing of a defect', () => {
    const answer = errorAnswer(new Error('password is 1234'));
    expect(answer).toMatchObject({ status: 500, body: { error: { code: 'INTERNAL' } } });
    expect(JSON.stringify(answer)).not.toContain('1234');
  });
});
