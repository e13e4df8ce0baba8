import type { VariantDescription } from '../../bench/rows/rows-result.js';
import { formatCount } from '../../report/format-numbers.js';

/** Notes that a reader of a comparison of inserts needs. */
export function insertNotes({ rows, variants }: { rows: number; variants: readonly VariantDescription[] }): string[] {
  const sample = variants.find((variant) => variant.sampled);
  const notes = [
    'Each run is a process of its own on newly created tables: same table, same indexes, same restaurants. Its load was verified against the plan (count, distinct keys, checksum); a wrong one ends the experiment. Before each run the server is given time to write back the pages of the run before.',
    'Rounds run forwards and backwards in turn. Ratios are taken within a round; the median is over rounds. The warm-up round, at most ten samples long, is shown and in no figure.',
    "tablepick's times run from the call to its return, reading the rules, planning, checkpoints and run book-keeping included, verify apart. The peers' times leave out their start and connecting; they connect without TLS, which a database on the same machine does not use either.",
    'By hand: whole statements of 48,000 rows on two connections, no checkpoints, no retries. For LOAD DATA the files are written before the clock starts, for INSERT … SELECT the table of dates and times.',
    'Client memory is the largest resident set of the process (VmHWM), verify included; growth compares the last third of a run with the one before. CPU is of the inserting alone, server CPU of the whole server process meanwhile, background work included.',
  ];
  if (sample === undefined) return notes;
  const rowsText = `${formatCount(sample.rows)} of ${formatCount(rows)} rows`;
  return [
    ...notes,
    `A sample of ${rowsText} stands for the ways that insert row by row; their time for all rows is extrapolated.`,
  ];
}
