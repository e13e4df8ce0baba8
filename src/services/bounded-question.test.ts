import { expect, it } from 'vitest';

import { boundedQuestion } from './bounded-question.js';

it('is answered in time, and asked once while it is under way', async () => {
  const asked: (() => void)[] = [];
  const ask = boundedQuestion(() => new Promise<void>((resolve) => asked.push(resolve)), 20);
  await Promise.all([1, 2, 3].map(() => expect(ask()).rejects.toThrow('no answer within 20 ms')));
  const late = ask();
  expect(asked).toHaveLength(1);
  asked[0]!();
  await late;
  await Promise.all([expect(ask()).rejects.toThrow('no answer'), expect(ask()).rejects.toThrow('no answer')]);
  expect(asked).toHaveLength(2);
});

it('tells what went wrong to those who wait, and is asked anew after that', async () => {
  const failing: ((error: Error) => void)[] = [];
  const ask = boundedQuestion(() => new Promise<void>((_, reject) => failing.push(reject)), 20);
  await expect(ask()).rejects.toThrow('no answer');
  const late = ask();
  failing[0]!(new Error('refused late'));
  await expect(late).rejects.toThrow('refused late');
  const again = ask();
  failing[1]!(new Error('refused'));
  await expect(again).rejects.toThrow('refused');
});

it('does not fail a process when nobody waits for its error any more', async () => {
  const failing: ((error: Error) => void)[] = [];
  const ask = boundedQuestion(() => new Promise<void>((_, reject) => failing.push(reject)), 5);
  await expect(ask()).rejects.toThrow('no answer');
  failing[0]!(new Error('refused late'));
  await new Promise((resolve) => setImmediate(resolve));
});
