import { describe, expect, it } from 'vitest';

import { closeAfter, openTogether, withClosing } from './closing.js';
import { TablepickError } from './errors.js';

const failing = (message: string) => () => Promise.reject(new TablepickError('QUERY_FAILED', message));

describe('things that are opened together', () => {
  it('are closed latest first, once, however often that is asked', async () => {
    const closed: string[] = [];
    const { opened, close } = await openTogether(async ({ onClose }) => {
      onClose(() => void closed.push('first'));
      onClose(async () => void closed.push('second'));
      return 'opened';
    });
    expect({ opened, closed: [...closed] }).toEqual({ opened: 'opened', closed: [] });
    await Promise.all([close(), close()]);
    expect(closed).toEqual(['second', 'first']);
  });

  it('are all closed when one of them cannot be opened, and each failure is told', async () => {
    const closed: string[] = [];
    const opening = openTogether(async ({ onClose }) => {
      onClose(() => void closed.push('first'));
      onClose(failing('not closed'));
      throw new TablepickError('SERVER_UNREACHABLE', 'not opened');
    });
    await expect(opening).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: expect.stringMatching(/not opened.*not closed/) as string,
    });
    expect(closed).toEqual(['first']);
  });

  it('tell every failure to close, after all of them were tried', async () => {
    const { close } = await openTogether(async ({ onClose }) => {
      onClose(failing('the first'));
      onClose(() => {
        throw new TablepickError('QUERY_FAILED', 'the second');
      });
    });
    await expect(close()).rejects.toThrow(/the second.*the first/);
    await expect(close()).rejects.toThrow(/the second.*the first/);
  });
});

describe('work with things to close', () => {
  it('gives its result when all of them are closed', async () => {
    const closed: string[] = [];
    const result = await withClosing(async ({ onClose }) => {
      onClose(() => void closed.push('first'));
      return closed.length;
    });
    expect({ result, closed }).toEqual({ result: 0, closed: ['first'] });
  });

  it('tells both when work and closing fail, and the code of the work', async () => {
    const working = closeAfter(failing('not closed'), () => Promise.reject(new TablepickError('CONFLICT', 'not done')));
    await expect(working).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/not done.*not closed/) as string,
    });
    await expect(closeAfter(failing('not closed'), () => Promise.resolve('done'))).rejects.toThrow('not closed');
  });
});
