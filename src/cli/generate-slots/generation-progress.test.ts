import { describe, expect, it } from 'vitest';

import type { GenerateEvent } from '../../slots/generation.js';
import { applyEvent, chunksInFlight, emptyProgress, paceOf } from './generation-progress.js';
import { drawGeneration } from '../output/progress-picture.js';

const strategy: GenerateEvent = { kind: 'strategy', strategy: 'batch', reason: 'asked for', workers: 2 };
const resumed: GenerateEvent = { kind: 'resumed', runId: 7, planned: 1000, chunks: 10, chunksDone: 4, rowsDone: 400 };
const begin: GenerateEvent = { kind: 'chunk-started', worker: 1, chunk: 5, rows: 100 };
const done: GenerateEvent = {
  kind: 'chunk-done',
  worker: 1,
  chunk: 5,
  rows: 100,
  inserted: 100,
  existing: 0,
  failed: 0,
};

function progressAfter(...events: GenerateEvent[]) {
  const progress = emptyProgress();
  events.forEach((event, second) => applyEvent(progress, event, second * 1000));
  return progress;
}

describe('the progress of a generation', () => {
  it('shows nothing before the plan is known', () => {
    expect(drawGeneration(progressAfter(strategy), 0)).toBeUndefined();
  });

  it('begins a resumed run at its true percentage', () => {
    const picture = drawGeneration(progressAfter(strategy, resumed), 1000);
    expect(picture?.[0]).toMatchObject({ label: 'inserting', done: 400, total: 1000 });
  });

  it('reckons speed and remaining time from the rows of this session alone', () => {
    const pace = paceOf(progressAfter(strategy, resumed, begin, done), 3000);
    expect(pace).toEqual({ rowsPerSecond: 50, etaSeconds: 10 });
  });

  it('has no remaining time at the end and an unknown one at the beginning', () => {
    const finished = { ...progressAfter(strategy, resumed), rowsDone: 1000 };
    expect(paceOf(finished, 2000).etaSeconds).toBe(0);
    expect(paceOf(progressAfter(strategy, resumed), 2000).etaSeconds).toBe(Infinity);
  });

  it('knows which workers have a chunk in flight', () => {
    expect(chunksInFlight(progressAfter(strategy, resumed, begin))).toBe(1);
    expect(chunksInFlight(progressAfter(strategy, resumed, begin, done))).toBe(0);
  });

  it('draws one bar for the whole and one a worker, and a single one for the proof', () => {
    const progress = progressAfter(strategy, resumed, begin, done);
    expect(drawGeneration(progress, 3000)?.map((bar) => bar.label)).toEqual(['inserting', 'worker 1', 'worker 2']);
    applyEvent(progress, { kind: 'verifying', rowsChecked: 250, planned: 1000 }, 4000);
    expect(drawGeneration(progress, 4000)).toMatchObject([{ label: 'verifying', done: 250, total: 1000 }]);
  });

  it('counts retries and failed rows', () => {
    const retry: GenerateEvent = {
      kind: 'retry',
      worker: 0,
      chunk: 1,
      code: 'CONFLICT',
      message: 'deadlock',
      attempt: 1,
      waitMs: 5,
    };
    const failed: GenerateEvent = {
      kind: 'row-failed',
      chunk: 1,
      restaurantId: 3,
      date: '2026-12-01',
      time: '07:00',
      message: 'capacity out of range',
    };
    expect(progressAfter(strategy, resumed, retry, failed)).toMatchObject({ retries: 1, failed: 1 });
  });
});
