import type { LoadVariantDescription } from '../../bench/load/load-result.js';

/** Notes that a reader of a comparison under load needs. */
export function lockNotes(variants: readonly LoadVariantDescription[]): string[] {
  const names = variants.map(({ name }) => name);
  return [
    'Each run is a process of its own (several where it says so, which share the clients and begin at the same instant), on slots without reservations, connections open and code warm. Before each run the server is given time to write back the pages of the run before.',
    'Rounds run forwards and backwards in turn. Ratios are taken within a round; the median is over rounds. The warm-up round is shown and in no figure, but its verdict counts. Percentiles of several runs or processes come from merged histograms, at most 0.8 % too high; they are never averaged.',
    'Time since intended start counts from the moment a request was due: in an open load from its arrival, so that a stall is seen by all whom it keeps waiting; in a closed load from the answer before, or from the common begin. Service time counts from sending it.',
    'The verdict holds the tables and every answer of the run against each other: count = live reservations, count ≤ capacity, no member twice, every acknowledged reservation there, every refusal justified at its time, and no deadlock where none was promised. A strategy that claims nothing may be wrong; one that claims to be right and is not ends the command with exit code 3.',
    'reserved/s is goodput, answers/s all answers, errors included. Transactions are those the clients began; rolled back are all that did not commit, attempts that were tried again among them. Deadlocks, lock waits and commits are the server\'s own counters, of the whole server, in the largest run; "a commit" is the time a COMMIT statement took.',
    ...(names.some((name) => name.includes('-saga'))
      ? [
          'With recordSaga(): each reservation also has its message in the outbox, written in its transaction; the verdict counts them.',
        ]
      : []),
    ...(names.some((name) => name.startsWith('by-hand'))
      ? ["By hand: atomic's statements on bare connections, no checks, no retries, no answer to a lost COMMIT."]
      : []),
  ];
}
