import { describe, expect, it } from 'vitest';

import { TablepickError } from '../../errors.js';
import type { ServiceEvent } from '../../services/index.js';
import { createRepeatLimit } from '../output/repeat-limit.js';
import { printServiceEvent } from './print-service-event.js';

/** Prints each event 40 times, once for each of 40 messages, within a moment. */
function print(event: (message: number) => ServiceEvent): string[] {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const output = { complain: write, note: write } as never;
  const limitRepeats = createRepeatLimit(() => 0);
  for (let message = 1; message <= 40; message++) printServiceEvent({ output, limitRepeats }, event(message));
  return lines;
}

const consumer = { service: 'payment', kind: 'consumer', group: 'payments' } as const;
const gone = new TablepickError('CONNECTION_LOST', 'connecting: connect ECONNREFUSED');

describe('the log of serve', () => {
  it('tells once that the tries of many messages fail for one reason', () => {
    expect(print(() => ({ ...consumer, event: { kind: 'failed', error: gone } }))).toHaveLength(1);
    const retrying = (message: number) => {
      const error = new TablepickError('CONNECTION_LOST', `approve reservation ${message}: no answer`);
      const about = { type: 'PaymentRequested', id: `m${message}`, key: String(message), attempt: 1 };
      return { ...consumer, event: { kind: 'retrying', ...about, waitMs: 100 + message, error } } as const;
    };
    expect(print(retrying)).toEqual([
      'payments: PaymentRequested of 1 failed, tried again in 101 ms: TablepickError: approve reservation 1: no answer',
    ]);
    const relay = { service: 'payment', kind: 'relay' } as const;
    expect(print((waitMs) => ({ ...relay, event: { kind: 'failed', error: gone, waitMs } }))).toHaveLength(1);
  });

  it('tells each request that failed, and each change of a state', () => {
    const failed = (message: number) => {
      const request = { id: String(message), method: 'GET', path: '/x' } as never;
      return { service: 'payment', kind: 'http-error', error: gone, request } as const;
    };
    expect(print(failed)).toHaveLength(40);
    expect(print(() => ({ service: 'payment', kind: 'not-ready', what: 'database', error: gone }))).toHaveLength(40);
    expect(print(() => ({ service: 'payment', kind: 'ready-again', what: 'database' }))).toHaveLength(40);
  });
});
