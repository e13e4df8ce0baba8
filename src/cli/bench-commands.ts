import type { CommandEntry } from './command.js';

/** The commands of `tablepick bench`. */
export const benchCommands: readonly CommandEntry[] = [];
