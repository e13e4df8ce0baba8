import type { BenchResult, Figure, RecordedRun, VariantResult } from '../bench/result.js';
import {
  formatCount,
  formatFigure,
  formatGoal,
  formatMegabytes,
  formatSeconds,
  formatShare,
} from './format-numbers.js';

/** A result as a Markdown page; the chart is expected beside it as `chart.svg`. */
export function renderReport(result: BenchResult): string {
  const sections = [
    `# ${result.title}`,
    renderOpening(result),
    '![chart](chart.svg)',
    renderSection('Figures', renderFigures(result.figures)),
    renderSection('Variants', renderVariants(result)),
    renderSection('Every run', renderRuns(result)),
    renderSection('How to read it', result.notes.map((note) => `- ${note}`).join('\n')),
    renderSection('Where and with what', renderConditions(result)),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function renderOpening(result: BenchResult): string {
  const { planned, done } = result.rounds;
  const rounds = `${done} of ${planned} measured ${planned === 1 ? 'round' : 'rounds'} after a warm-up`;
  const state = result.finishedAt === null ? ' **Unfinished: written while it ran, or stopped.**' : '';
  return `${result.startedAt.slice(0, 10)} · ${rounds} · made from [result.json](result.json) by \`${result.command}\`.${state}`;
}

function renderSection(heading: string, body: string): string {
  return body === '' ? '' : `## ${heading}\n\n${body}`;
}

function renderFigures(figures: readonly Figure[]): string {
  if (figures.length === 0) return '';
  const lines = figures.map(({ title, unit, spread, goal, met }) => {
    const value = formatFigure(spread.median, unit);
    const range = `${formatFigure(spread.min, unit)} – ${formatFigure(spread.max, unit)}`;
    return row([
      title,
      `**${value}**`,
      range,
      goal ? formatGoal(goal, unit) : '',
      met === null ? '' : met ? 'met' : '**missed**',
    ]);
  });
  return table(['figure', 'median', 'min – max', 'goal', ''], lines);
}

function renderVariants(result: BenchResult): string {
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
  return table(headings, result.variants.map(renderVariant));
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

function renderRuns(result: BenchResult): string {
  const runs = result.variants.flatMap((variant) =>
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

function renderConditions(result: BenchResult): string {
  const { machine, server, revision } = result;
  const facts: Record<string, string> = {
    machine: `${machine.cpuModel}, ${machine.cpus} CPUs, ${formatMegabytes(machine.memoryBytes)}, ${machine.os}`,
    server: `${server.flavour} ${server.version}${server.local ? ', on the same machine' : ''}`,
    ...prefixed('server', server.settings),
    ...prefixed('parameter', result.parameters),
    tablepick: result.tablepickVersion,
    revision: revision === null ? 'not a clone' : `${revision.commit}${revision.dirty ? ' with changes' : ''}`,
    node: machine.node,
    started: result.startedAt,
    finished: result.finishedAt ?? 'not',
  };
  return table(
    ['', ''],
    Object.entries(facts).map((fact) => row(fact)),
  );
}

function prefixed(prefix: string, facts: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [`${prefix}: ${name}`, String(value)]));
}

function orDash(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value);
}

function table(headings: readonly string[], lines: readonly string[]): string {
  return [row(headings), row(headings.map(() => '---')), ...lines].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
