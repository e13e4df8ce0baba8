import type { BenchResult } from '../bench/result.js';
import { TablepickError } from '../errors.js';

/** Version 1 had only rows and no `kind`. */
const versions: readonly unknown[] = [1, 2];

/**
 * The result in the text of a `result.json`, of this version or an older one.
 *
 * @throws `BAD_OPTION` when it is not a result, or has a later version.
 */
export function readResult(text: string): BenchResult {
  const { schemaVersion, ...stored } = parseObject(text);
  if (!versions.includes(schemaVersion)) {
    throw new TablepickError('BAD_OPTION', `a result of version ${String(schemaVersion)} cannot be read`, {
      hint: 'use the tablepick that wrote it, or a later one',
    });
  }
  return { kind: 'rows', ...stored, schemaVersion: 2 } as BenchResult;
}

function parseObject(text: string): Partial<BenchResult> {
  try {
    return JSON.parse(text) as Partial<BenchResult>;
  } catch (cause) {
    throw new TablepickError('BAD_OPTION', 'this is no result.json: its text is no JSON', { cause });
  }
}
