import { setImmediate as nextTurn } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { type Turn, Turns } from './turn.js';

/** What the turns have passed so far, in order. */
function watch(turns: readonly Turn[]): string[] {
  const passed: string[] = [];
  turns.forEach((turn, place) => {
    void turn.mayInsert.then(() => passed.push(`insert ${place}`));
    void turn.mayLock.then(() => passed.push(`lock ${place}`));
  });
  return passed;
}

function take(count: number): { turns: Turn[]; passed: string[] } {
  const places = new Turns();
  const turns = Array.from({ length: count }, () => places.take());
  return { turns, passed: watch(turns) };
}

describe('Turns', () => {
  it('let the first pass at once and those behind it wait', async () => {
    const { passed } = take(2);
    await nextTurn();
    expect(passed).toEqual(['insert 0', 'lock 0']);
  });

  it('let the next insert when the one before has inserted, and lock when it has ended', async () => {
    const { turns, passed } = take(2);
    turns[0]!.hasInserted();
    await nextTurn();
    expect(passed).toEqual(['insert 0', 'lock 0', 'insert 1']);
    turns[0]!.hasEnded();
    await nextTurn();
    expect(passed).toEqual(['insert 0', 'lock 0', 'insert 1', 'lock 1']);
  });

  it('let the next insert when the one before has ended without inserting', async () => {
    const { turns, passed } = take(2);
    turns[0]!.hasEnded();
    await nextTurn();
    expect(passed).toEqual(['insert 0', 'lock 0', 'insert 1', 'lock 1']);
  });

  it('never let the third pass the first, however early the second has ended', async () => {
    const { turns, passed } = take(3);
    turns[1]!.hasEnded();
    await nextTurn();
    expect(passed).toEqual(['insert 0', 'lock 0']);
    turns[0]!.hasEnded();
    await nextTurn();
    expect(new Set(passed.slice(2))).toEqual(new Set(['insert 1', 'lock 1', 'insert 2', 'lock 2']));
  });

  it('are passed at once by who comes when all before have ended', async () => {
    const places = new Turns();
    places.take().hasEnded();
    const passed = watch([places.take()]);
    await nextTurn();
    expect(passed).toEqual(['insert 0', 'lock 0']);
  });
});
