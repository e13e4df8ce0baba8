import { describe, expect, it } from 'vitest';

import { chunkMessages } from './kafka-chunks.js';

const message = (value: string) => ({ topic: 't', key: 'k', value, headers: { id: '1' } });

describe('chunkMessages', () => {
  it('keeps what fits into one request together', () => {
    const messages = Array.from({ length: 1000 }, (_, place) => message(String(place)));
    expect(chunkMessages(messages)).toEqual([messages]);
  });

  it('splits what does not, in order and by bytes, not characters', () => {
    const messages = ['a', '予', 'b', '予', 'c'].map((letter) => message(letter.repeat(250_000)));
    expect(chunkMessages(messages)).toEqual([messages.slice(0, 2), messages.slice(2, 4), messages.slice(4)]);
  });

  it('makes nothing of nothing', () => {
    expect(chunkMessages([])).toEqual([]);
  });

  it('takes the longest value that messages may have, and refuses one that no broker takes', () => {
    expect(chunkMessages([message('x'.repeat(1_000_000))])).toHaveLength(1);
    expect(() => chunkMessages([message('x'), message('x'.repeat(1_048_588))])).toThrow(
      expect.objectContaining({ code: 'MESSAGE_TOO_LARGE', retriable: false }),
    );
  });
});
