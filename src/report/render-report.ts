import type { BenchResult, Figure } from '../bench/result.js';
import { backlogLines } from './backlog-chart.js';
import { formatFigure, formatGoal, formatMegabytes } from './format-numbers.js';
import { loadTables } from './load-tables.js';
import { row, table } from './markdown.js';
import type { Section } from './markdown.js';
import { rowsTables } from './rows-tables.js';

/** A result as a Markdown page. It expects its charts beside it as `chart.svg` and `backlog.svg`. */
export function renderReport(result: BenchResult): string {
  const sections = [
    `# ${result.title}`,
    renderOpening(result),
    '![chart](chart.svg)',
    ...sectionsOf(result).flatMap(({ heading, body }) => (body === '' ? [] : [`## ${heading}\n\n${body}`])),
  ];
  return `${sections.join('\n\n')}\n`;
}

function sectionsOf(result: BenchResult): Section[] {
  return [
    { heading: 'Figures', body: renderFigures(result.figures) },
    { heading: 'Backlog', body: backlogLines(result).length === 0 ? '' : '![backlog over time](backlog.svg)' },
    ...(result.kind === 'rows' ? rowsTables(result) : loadTables(result)),
    { heading: 'How to read it', body: result.notes.map((note) => `- ${note}`).join('\n') },
    { heading: 'Where and with what', body: renderConditions(result) },
  ];
}

function renderOpening(result: BenchResult): string {
  const { planned, done } = result.rounds;
  const rounds = `${done} of ${planned} measured ${planned === 1 ? 'round' : 'rounds'} after a warm-up`;
  const state = result.finishedAt === null ? ' **Unfinished: written while it ran, or stopped.**' : '';
  return `${result.startedAt.slice(0, 10)} · ${rounds} · made from [result.json](result.json) by \`${result.command}\`.${state}`;
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
