import cliProgress from 'cli-progress';

import type { CommandContext } from '../command.js';
import type { Output } from './output.js';
import { type ProgressBar, type ProgressPicture, percentOf } from './progress-picture.js';

const POLL_MS = 200;
const LINE_EVERY_MS = 3000;
const BAR_FORMAT = '{label} {bar} {percent} %  {detail}';

/** Draws the present state; undefined while there is nothing to show. */
export type DrawProgress = () => ProgressPicture | undefined;

/**
 * Runs `work` with its progress on stderr: bars on a terminal, a line every three seconds in a pipe, nothing with
 * `--quiet`. The terminal is restored however `work` ends, also by a second Ctrl-C.
 */
export async function withProgress<T>(context: CommandContext, draw: DrawProgress, work: () => Promise<T>): Promise<T> {
  if (context.output.quiet) return work();
  const close = process.stderr.isTTY ? startBars(context.output, draw) : startLines(context.output, draw);
  const forget = context.stop.onAbort(close);
  try {
    return await work();
  } finally {
    forget();
    close();
  }
}

function startBars(output: Output, draw: DrawProgress): () => void {
  let display: BarDisplay | undefined;
  const refresh = (): void => {
    const picture = draw();
    if (picture !== undefined) (display ??= openDisplay(output)).show(picture);
  };
  const timer = setInterval(refresh, POLL_MS);
  return () => {
    clearInterval(timer);
    refresh();
    display?.close();
  };
}

interface BarDisplay {
  show(picture: ProgressPicture): void;
  close(): void;
}

function openDisplay(output: Output): BarDisplay {
  const settings = { format: BAR_FORMAT, stream: process.stderr, gracefulExit: false, noTTYOutput: false, barsize: 24 };
  const display = new cliProgress.MultiBar(settings, cliProgress.Presets.shades_classic);
  const bars: cliProgress.SingleBar[] = [];
  const restore = output.divert((line) => display.log(`${line}\n`));
  return {
    show: (picture) => {
      while (bars.length > picture.length) display.remove(bars.pop() as cliProgress.SingleBar);
      for (const [i, bar] of picture.entries()) {
        bars[i] ??= display.create(bar.total, bar.done, payloadOf(bar));
        bars[i].setTotal(bar.total);
        bars[i].update(bar.done, payloadOf(bar));
      }
    },
    close: () => {
      restore();
      display.update();
      display.stop();
    },
  };
}

function payloadOf(bar: ProgressBar): object {
  return { label: bar.label.padEnd(9), percent: percentOf(bar).padStart(5), detail: bar.detail };
}

function startLines(output: Output, draw: DrawProgress): () => void {
  let printed = { line: '', atMs: -Infinity };
  const print = (isLast: boolean): void => {
    const bar = draw()?.[0];
    if (bar === undefined) return;
    const line = `${bar.label} ${percentOf(bar)} %  ${bar.detail}`;
    const isDue = isLast ? line !== printed.line : performance.now() - printed.atMs >= LINE_EVERY_MS;
    if (!isDue) return;
    output.note(line);
    printed = { line, atMs: performance.now() };
  };
  const timer = setInterval(print, POLL_MS, false);
  return () => {
    clearInterval(timer);
    print(true);
  };
}
