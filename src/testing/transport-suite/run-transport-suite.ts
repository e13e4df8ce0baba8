import { TablepickError } from '../../errors.js';
import type { Transport } from '../../messaging/transport.js';
import { assignmentChecks } from './assignment-checks.js';
import { commitChecks } from './commit-checks.js';
import { deliveryChecks } from './delivery-checks.js';
import { handleChecks } from './handle-checks.js';
import { sharingChecks } from './sharing-checks.js';
import { type SceneSettings, type TransportCheck, withTransportScene } from './transport-scene.js';

/** Settings of {@link runTransportSuite}. */
export interface TransportSuiteOptions {
  /** Opens a new handle on the medium each time, as another process would. The suite closes it. */
  open(): Promise<Transport>;
  /**
   * How long a subscription that does not answer keeps its partitions, in milliseconds; one check takes a little
   * longer.
   */
  sessionMs: number;
  /** Prefix of the suite's topics and groups. Default `suite-`. */
  topicPrefix?: string | undefined;
  /** Names of the checks to run. Default: all. */
  only?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
}

/** How one check ended. */
export interface TransportCheckResult {
  /** The requirement, as a sentence about the transport. */
  name: string;
  passed: boolean;
  /** A text about the result, or about the broken requirement. */
  detail: string;
}

const allChecks: readonly TransportCheck[] = [
  ...deliveryChecks,
  ...commitChecks,
  ...sharingChecks,
  ...assignmentChecks,
  ...handleChecks,
];

/** Names of the checks for every transport. */
export function transportCheckNames(): string[] {
  return allChecks.map(({ name }) => name);
}

/**
 * Checks a transport, of tablepick's or of your own, against the contract. Each check works on topics and groups of its
 * own. They stay behind, because the contract has no way to remove them.
 *
 * @throws `ABORTED` when `signal` fires between two checks; what does not hold is a result, not an error.
 * @example
 * const results = await runTransportSuite({ open: async () => createMemoryTransport(), sessionMs: 1000 });
 */
export async function runTransportSuite(options: TransportSuiteOptions): Promise<TransportCheckResult[]> {
  const { open, sessionMs, topicPrefix: prefix = 'suite-', only, signal } = options;
  const names = new Set(only ?? transportCheckNames());
  const results: TransportCheckResult[] = [];
  for (const check of allChecks.filter(({ name }) => names.has(name))) {
    if (signal?.aborted) throw new TablepickError('ABORTED', `stopped before the check: ${check.name}`);
    results.push(await runCheck(check, { open, sessionMs, prefix }));
  }
  return results;
}

async function runCheck(check: TransportCheck, settings: SceneSettings): Promise<TransportCheckResult> {
  const { name } = check;
  try {
    const detail = await withTransportScene(settings, (scene) => check.run(scene));
    return { name, passed: true, detail };
  } catch (error) {
    return { name, passed: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
