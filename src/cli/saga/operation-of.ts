import { userInfo } from 'node:os';

import type { Operation } from '../../saga/index.js';

interface OperatorOptions {
  note: string;
  by?: string;
}

/** An operator's action on a saga, for its history. Without `--by`, the user of this process is the operator. */
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
