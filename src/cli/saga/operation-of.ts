import { userInfo } from 'node:os';

import type { Operation } from '../../saga/index.js';

interface OperatorOptions {
  note: string;
  by?: string;
}

/** What an operator does to a saga, for its history; without `--by` the user of this process does it. */
export function operationOf(reservationId: number, { note, by }: OperatorOptions): Operation {
  return { reservationId, note, operator: by ?? userName() };
}

/** In a container a user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
