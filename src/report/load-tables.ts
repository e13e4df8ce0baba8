import type { LatencySummary, LoadBody, LoadRun, LoadVariant, ServerCounts } from '../bench/load/load-result.js';
import type { Spread } from '../bench/statistics.js';
import { formatCount, formatMegabytes, formatMs, formatRate, formatSeconds } from './format-numbers.js';
import { orDash, row, table } from './markdown.js';
import type { Section } from './markdown.js';

/** The tables of an experiment that measured requests. */
export function loadTables(body: LoadBody): Section[] {
  return [
    { heading: 'Variants', body: renderVariants(body) },
    ...body.times.map(({ name, label }) => ({ heading: upperFirst(label), body: renderTimes(body, name) })),
    { heading: `What each ${body.good} costs`, body: renderCosts(body) },
    { heading: 'Client and server', body: renderUse(body) },
    { heading: 'Every run', body: renderRuns(body) },
  ];
}

function renderVariants({ good, times, variants }: LoadBody): string {
  const [shown] = times;
  const headings = ['variant', 'verdict', `${good}/s, median`, 'min – max', 'answers/s', 'time of a run'];
  return table(
    [...headings, `${shown?.label ?? 'time'}, p50`, 'p99'],
    variants.map((variant) => renderVariant(variant, variant.latencies[shown?.name ?? ''])),
  );
}

function renderVariant(variant: LoadVariant, latency: LatencySummary | undefined): string {
  const { label, goodPerSecond, answersPerSecond, seconds } = variant;
  return row([
    label,
    renderVerdict(variant),
    medianOf(goodPerSecond, formatRate),
    goodPerSecond ? `${formatRate(goodPerSecond.min)} – ${formatRate(goodPerSecond.max)}` : '–',
    medianOf(answersPerSecond, formatRate),
    medianOf(seconds, formatSpan),
    orDash(latency?.p50Ms, formatMs),
    orDash(latency?.p99Ms, formatMs),
  ]);
}

/** A wrong verdict stands out when the variant promised to be right. Otherwise it is only told. */
function renderVerdict({ verdict, claims }: LoadVariant): string {
  if (verdict === null) return 'not measured';
  if (verdict.right) return claims ? 'right' : 'right (claims nothing)';
  return claims ? `**BROKEN: ${verdict.text}**` : `wrong: ${verdict.text} (claims nothing)`;
}

function renderTimes({ variants }: LoadBody, name: string): string {
  const lines = variants.flatMap(({ label, latencies }) => {
    const latency = latencies[name];
    if (latency === undefined) return [];
    const { count, meanMs, p50Ms, p95Ms, p99Ms, maxMs } = latency;
    return [row([label, formatCount(count), ...[meanMs, p50Ms, p95Ms, p99Ms, maxMs].map(formatMs)])];
  });
  return lines.length === 0 ? '' : table(['variant', 'times', 'mean', 'p50', 'p95', 'p99', 'max'], lines);
}

function renderUse({ variants }: LoadBody): string {
  const headings = [
    'variant',
    'transactions an answer',
    'rolled back',
    'deadlocks',
    'lock waits',
    'in lock waits',
    'commits',
    'a commit',
    'client CPU',
    'server CPU',
    'client RSS',
  ];
  return table(headings, variants.filter(({ runs }) => runs.length > 0).map(renderUseOf));
}

function renderUseOf({ label, runs }: LoadVariant): string {
  const count = (name: keyof ServerCounts): number | null => largest(runs, ({ server }) => server[name] ?? null);
  return row([
    label,
    orDash(largest(runs, transactionsAnAnswer), (value) => value.toFixed(2)),
    orDash(
      largest(runs, ({ transactions }) => transactions.rolledBack),
      formatCount,
    ),
    orDash(count('deadlocks'), formatCount),
    orDash(count('lockWaits'), formatCount),
    orDash(count('lockWaitSeconds'), formatSpan),
    orDash(count('commits'), formatCount),
    orDash(largest(runs, commitMs), formatMs),
    orDash(largest(runs, clientCpu), formatSeconds),
    orDash(
      largest(runs, ({ serverCpuSeconds }) => serverCpuSeconds),
      formatSeconds,
    ),
    orDash(
      largest(runs, ({ client }) => client && client.peakRssBytes),
      formatMegabytes,
    ),
  ]);
}

/** Empty for results of older versions, which did not count statements. */
function renderCosts({ variants }: LoadBody): string {
  const lines = variants.flatMap(({ label, costs }) => {
    if (costs === undefined || costs.statements === null) return [];
    const { statements, commits, clientCpuMs, serverCpuMs } = costs;
    const counts = [medianOf(statements, (value) => value.toFixed(2)), medianOf(commits, (value) => value.toFixed(3))];
    return [row([label, ...counts, medianOf(clientCpuMs, formatMs), medianOf(serverCpuMs, formatMs)])];
  });
  return lines.length === 0 ? '' : table(['variant', 'statements', 'COMMITs', 'client CPU', 'server CPU'], lines);
}

function renderRuns({ good, times, variants }: LoadBody): string {
  const runs = variants.flatMap(({ label, warmup, runs: measured }) =>
    [warmup, ...measured].filter((run) => run !== null).map((run) => ({ label, run })),
  );
  const inOrder = runs.toSorted((a, b) => a.run.round - b.run.round || a.run.position - b.run.position);
  const ofTimes = times.flatMap(({ label }) => [`${label}, p50`, 'p99']);
  const headings = ['round', 'variant', 'verdict', 'answers', 'seconds', `${good}/s`, ...ofTimes, 'rolled back'];
  return table(
    [...headings, 'deadlocks'],
    inOrder.map(({ label, run }) => renderRun(label, run, times)),
  );
}

function renderRun(label: string, run: LoadRun, times: LoadBody['times']): string {
  const latencies = times.flatMap(({ name }) => {
    const latency = run.latencies[name];
    return [orDash(latency?.p50Ms, formatMs), orDash(latency?.p99Ms, formatMs)];
  });
  return row([
    run.round === 0 ? 'warm-up' : String(run.round),
    label,
    run.verdict.text,
    renderAnswers(run),
    formatSpan(run.seconds),
    formatRate(run.goodPerSecond),
    ...latencies,
    formatCount(run.transactions.rolledBack),
    orDash(run.server.deadlocks, formatCount),
  ]);
}

function renderAnswers({ answers, unsent }: LoadRun): string {
  const counted = Object.entries(answers).toSorted(([, a], [, b]) => b - a);
  const parts = counted.map(([answer, count]) => `${formatCount(count)} ${answer}`);
  return [...parts, ...(unsent === 0 ? [] : [`${formatCount(unsent)} unsent`])].join(', ');
}

/** Runs of a few requests take milliseconds. */
function formatSpan(seconds: number): string {
  return seconds < 1 ? formatMs(1000 * seconds) : formatSeconds(seconds);
}

function medianOf(spread: Spread | null, format: (value: number) => string): string {
  return orDash(spread?.median, format);
}

function transactionsAnAnswer({ transactions, answers }: LoadRun): number {
  return transactions.begun / Object.values(answers).reduce((sum, count) => sum + count, 0);
}

function commitMs({ server: { commits, commitSeconds } }: LoadRun): number | null {
  return commits === null || commitSeconds === null || commits === 0 ? null : (1000 * commitSeconds) / commits;
}

function clientCpu({ client }: LoadRun): number | null {
  return client && client.userCpuSeconds + client.systemCpuSeconds;
}

function largest(runs: readonly LoadRun[], read: (run: LoadRun) => number | null): number | null {
  const values = runs.map(read).filter((value) => value !== null);
  return values.length === 0 ? null : Math.max(...values);
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
