import type { Verdict } from '../../bench/load/load-result.js';

/** A message as it was read from a topic, messages of a partition in their order. */
export interface ReadMessage {
  /** NaN: nobody sent it. */
  index: number;
  key: string;
}

/**
 * Holds what a topic has against the messages 0 to `sent` - 1 that were sent, each after the ones of its key with a
 * lower index. Messages that are there twice are told, not wrong: delivery is at least once.
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
