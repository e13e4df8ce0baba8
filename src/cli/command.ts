import type { Command, Option } from 'commander';

import type { Output } from './output/output.js';
import type { StopSignals } from './stop-signals.js';

/** What every command is given beside its own options. */
export interface CommandContext {
  output: Output;
  stop: StopSignals;
}

/** One command as help tells it; its code is loaded when it runs. */
export interface CommandEntry {
  /** One word, or group and word. */
  path: readonly [string] | readonly [string, string];
  /** Positional argument in commander's notation, `<run>`. */
  argument?: { name: string; description: string; parse: (text: string) => unknown };
  summary: string;
  options: () => Option[];
  /** Whole command lines, each with what it does. */
  examples?: readonly (readonly [line: string, effect: string])[];
  /** Resolves with the exit code. */
  run(context: CommandContext, command: Command): Promise<number>;
}
