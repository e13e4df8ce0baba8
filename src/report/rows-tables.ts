import type { RecordedRun, RowsBody, VariantResult } from '../bench/rows/rows-result.js';
import { formatCount, formatMegabytes, formatSeconds, formatShare } from './format-numbers.js';
import { orDash, row, table } from './markdown.js';
import type { Section } from './markdown.js';

/** The tables of an experiment that inserted rows. */
export function rowsTables(body: RowsBody): Section[] {
  return [
    { heading: 'Variants', body: renderVariants(body) },
    { heading: 'Every run', body: renderRuns(body) },
  ];
}

function renderVariants({ variants }: RowsBody): string {
  const headings = [
    'variant',
    'rows',
    'rows/s, median',
    'min – max',
    'MAD',
    'all rows',
    'client CPU',
    'server CPU',
    'peak RSS',
  ];
  return table(headings, variants.map(renderVariant));
}

function renderVariant(variant: VariantResult): string {
  const { label, rows, sampled, rowsPerSecond: rate, allRowsSeconds } = variant;
  if (rate === null || allRowsSeconds === null)
    return row([label, formatCount(rows), 'not measured', '', '', '', '', '', '']);
  const measured = [
    formatCount(rate.median),
    `${formatCount(rate.min)} – ${formatCount(rate.max)}`,
    formatCount(rate.mad),
  ];
  const total = `${formatSeconds(allRowsSeconds)}${sampled ? ' (extrapolated)' : ''}`;
  const use = [clientCpu, serverCpu, peakRss].map((read) => largest(variant.runs, read));
  const [client, server, memory] = use as [number | null, number | null, number | null];
  return row([
    label,
    `${formatCount(rows)}${sampled ? ' (sample)' : ''}`,
    ...measured,
    total,
    orDash(client, formatSeconds),
    orDash(server, formatSeconds),
    orDash(memory, formatMegabytes),
  ]);
}

function largest(runs: readonly RecordedRun[], read: (run: RecordedRun) => number | null): number | null {
  const values = runs.map(read).filter((value) => value !== null);
  return values.length === 0 ? null : Math.max(...values);
}

const clientCpu = ({ client }: RecordedRun): number | null => client && client.userCpuSeconds + client.systemCpuSeconds;
const serverCpu = (run: RecordedRun): number | null => run.serverCpuSeconds;
const peakRss = (run: RecordedRun): number | null => run.client && run.client.peakRssBytes;

function renderRuns({ variants }: RowsBody): string {
  const runs = variants.flatMap((variant) =>
    [variant.warmup, ...variant.runs].filter((run) => run !== null).map((run) => ({ variant, run })),
  );
  const inOrder = runs.toSorted((a, b) => a.run.round - b.run.round || a.run.position - b.run.position);
  const headings = [
    'round',
    'variant',
    'rows',
    'seconds',
    'rows/s',
    'verify',
    'CPU user + system',
    'RSS, growth',
    'details',
  ];
  return table(
    headings,
    inOrder.map(({ variant, run }) => renderRun(variant, run)),
  );
}

function renderRun(variant: VariantResult, run: RecordedRun): string {
  const { client } = run;
  const growth = run.rssGrowth === null ? '' : `, ${formatShare(run.rssGrowth)}`;
  return row([
    run.round === 0 ? 'warm-up' : String(run.round),
    variant.label,
    formatCount(run.rows),
    formatSeconds(run.seconds),
    formatCount(run.rowsPerSecond),
    orDash(run.verifySeconds, formatSeconds),
    client ? `${formatSeconds(client.userCpuSeconds)} + ${formatSeconds(client.systemCpuSeconds)}` : '–',
    orDash(peakRss(run), formatMegabytes) + growth,
    Object.entries(run.details)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
  ]);
}
