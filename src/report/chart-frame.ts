import type { BenchResult } from '../bench/result.js';
import { formatCount } from './format-numbers.js';

/** Width of every chart in pixels. */
export const chartWidth = 920;

/** The content of a chart's frame. */
export interface ChartContent {
  title: string;
  height: number;
  /** CSS rules beside the shared ones, for a light page and for a dark page. */
  styles: { light: string; dark: string };
  /** SVG elements. */
  elements: readonly string[];
}

/** An SVG without external parts. It turns dark with its page and ends with the conditions of the experiment. */
export function renderFrame(result: BenchResult, { title, height, styles, elements }: ChartContent): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${chartWidth} ${height}" width="${chartWidth}" height="${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${styleSheet(styles)}\n</style>`,
    `<rect class="surface" width="${chartWidth}" height="${height}"/>`,
    `<text class="title" x="16" y="28">${escapeXml(title)}</text>`,
    ...elements,
    `<text class="quiet" x="16" y="${height - 14}">${escapeXml(describeConditions(result))}</text>`,
    '</svg>\n',
  ].join('\n');
}

/** `text` as it may stand between tags or in an attribute. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A coordinate with one decimal. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function styleSheet({ light, dark }: ChartContent['styles']): string {
  return `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .quiet { fill: #59636e; font-size: 12px }
  .surface { fill: #ffffff }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  ${light}
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .surface { fill: #0d1117 }
    .grid { stroke: #2f353d }
    ${dark}
  }`;
}

function describeConditions({ server, machine, rounds, parameters }: BenchResult): string {
  const rows = typeof parameters.rows === 'number' ? `${formatCount(parameters.rows)} rows, ` : '';
  const runs = rounds.done > 1 ? `median of ${rounds.done} runs, whisker from min to max` : 'one run each';
  const where = server.local ? 'client and server' : 'the client';
  return `${rows}${runs}; ${server.flavour} ${server.version}, ${machine.cpus} CPUs for ${where}`;
}
