import type { Verdict } from '../../bench/load/load-result.js';

/** A message as read from a topic. The messages of a partition are in their order. */
export interface ReadMessage {
  /** NaN when the measurement did not send the message. */
  index: number;
  key: string;
}

/**
 * Compares the messages in a topic with the messages 0 to `sent` - 1. A message must come after those of its key with a
 * lower index. Messages that are there twice are reported but not wrong: delivery is at least once.
 */
export function judgeMessages(sent: number, read: readonly ReadMessage[]): Verdict {
  const seen = new Set<number>();
  const latest = new Map<string, number>();
  let late = 0;
  for (const { index, key } of read) {
    if (seen.has(index)) continue;
    seen.add(index);
    if (index < (latest.get(key) ?? -1)) late += 1;
    else latest.set(key, index);
  }
  const wanted = [...seen].filter((index) => Number.isInteger(index) && index >= 0 && index < sent).length;
  const wrong = [
    ...told(sent - wanted, 'missing'),
    ...told(seen.size - wanted, 'that nobody sent'),
    ...told(late, 'out of order'),
  ];
  const text = [...(wrong.length === 0 ? ['right'] : wrong), ...told(read.length - seen.size, 'twice')].join(', ');
  return { right: wrong.length === 0, text };
}

function told(count: number, what: string): string[] {
  return count === 0 ? [] : [`${count} ${what}`];
}
